namespace Keelson.Notary.Tests.Debian;

/// <summary>The tables that the migrations of notary 0.7 end with. Its package has no migrations.</summary>
internal static class DebianSchema
{
    public const string Server = """
        CREATE TABLE "tuf_files" ("id" serial PRIMARY KEY, "created_at" timestamp NULL DEFAULT NULL, "updated_at" timestamp NULL DEFAULT NULL, "deleted_at" timestamp NULL DEFAULT NULL,
            "gun" varchar(255) NOT NULL, "role" varchar(255) NOT NULL, "version" integer NOT NULL, "data" bytea NOT NULL, "sha256" char(64) DEFAULT NULL, UNIQUE ("gun","role","version"));
        CREATE INDEX tuf_files_sha256_idx ON tuf_files(sha256);
        CREATE TABLE "change_category" ("category" VARCHAR(20) PRIMARY KEY);
        INSERT INTO "change_category" VALUES ('update'), ('deletion');
        CREATE TABLE "changefeed" ("id" serial PRIMARY KEY, "created_at" timestamp DEFAULT CURRENT_TIMESTAMP, "gun" varchar(255) NOT NULL, "version" integer NOT NULL,
            "sha256" CHAR(64) DEFAULT NULL, "category" VARCHAR(20) NOT NULL DEFAULT 'update' REFERENCES "change_category");
        CREATE INDEX "idx_changefeed_gun" ON "changefeed" ("gun");
        """;

    /// <summary>The same in MySQL. Names of these tables have no case.</summary>
    public const string MySqlServer = """
        CREATE TABLE `tuf_files` (`id` int(11) NOT NULL AUTO_INCREMENT, `created_at` timestamp NULL DEFAULT NULL, `updated_at` timestamp NULL DEFAULT NULL, `deleted_at` timestamp NULL DEFAULT NULL,
            `gun` varchar(255) NOT NULL, `role` varchar(255) NOT NULL, `version` int(11) NOT NULL, `data` longblob NOT NULL, `sha256` char(64) DEFAULT NULL,
            PRIMARY KEY (`id`), UNIQUE KEY `gun` (`gun`,`role`,`version`), KEY `sha256` (`sha256`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
        CREATE TABLE `change_category` (`category` varchar(20) NOT NULL, PRIMARY KEY (`category`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
        INSERT INTO `change_category` VALUES ('update'), ('deletion');
        CREATE TABLE `changefeed` (`id` int(11) NOT NULL AUTO_INCREMENT, `created_at` timestamp DEFAULT CURRENT_TIMESTAMP, `gun` varchar(255) NOT NULL, `version` int(11) NOT NULL,
            `sha256` char(64) DEFAULT NULL, `category` varchar(20) NOT NULL DEFAULT 'update', PRIMARY KEY (`id`), KEY `idx_changefeed_gun` (`gun`),
            FOREIGN KEY (`category`) REFERENCES `change_category` (`category`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
        """;

    public const string MySqlSigner = """
        CREATE TABLE `private_keys` (`id` int(11) NOT NULL AUTO_INCREMENT, `created_at` timestamp NULL DEFAULT NULL, `updated_at` timestamp NULL DEFAULT NULL, `deleted_at` timestamp NULL DEFAULT NULL,
            `key_id` varchar(255) NOT NULL, `encryption_alg` varchar(255) NOT NULL, `keywrap_alg` varchar(255) NOT NULL, `algorithm` varchar(50) NOT NULL, `passphrase_alias` varchar(50) NOT NULL,
            `public` blob NOT NULL, `private` blob NOT NULL, `gun` varchar(255) NOT NULL, `role` varchar(255) NOT NULL, `last_used` timestamp NULL DEFAULT NULL,
            PRIMARY KEY (`id`), UNIQUE KEY `key_id` (`key_id`), UNIQUE KEY `key_id_2` (`key_id`,`algorithm`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
        """;

    public const string Signer = """
        CREATE TABLE "private_keys" ("id" serial PRIMARY KEY, "created_at" timestamp NULL DEFAULT NULL, "updated_at" timestamp NULL DEFAULT NULL, "deleted_at" timestamp NULL DEFAULT NULL,
            "key_id" varchar(255) NOT NULL, "encryption_alg" varchar(255) NOT NULL, "keywrap_alg" varchar(255) NOT NULL, "algorithm" varchar(50) NOT NULL, "passphrase_alias" varchar(50) NOT NULL,
            "public" bytea NOT NULL, "private" bytea NOT NULL, "gun" varchar(255) NOT NULL, "role" varchar(255) NOT NULL, "last_used" timestamp NULL DEFAULT NULL,
            CONSTRAINT "key_id" UNIQUE ("key_id"), CONSTRAINT "key_id_2" UNIQUE ("key_id","algorithm"));
        """;
}
