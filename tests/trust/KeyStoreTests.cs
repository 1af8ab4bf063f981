using System.Security.Cryptography;

namespace Keelson.Trust.Tests;

public sealed class KeyStoreTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("keys");

    public void Dispose() => TestDirectory.Remove(directory);

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public void A_key_is_kept_for_its_owner_alone_and_opened_by_its_passphrase(string algorithm)
    {
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        string id = store.Generate("targets", "example.com/x", algorithm).Id;
        TrustKeyInfo info = Assert.Single(store.List());
        Assert.Equal((id, "targets", "example.com/x", true), (info.Id, info.Role, info.Gun, info.IsEncrypted));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(info.Path));
        using TrustKeyStore again = new(directory, new FixedPassphrases());
        Assert.Equal(id, again.Open(id)!.Id);
    }

    [Fact]
    public void A_wrong_passphrase_opens_nothing()
    {
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        string id = store.Generate("root").Id;
        using TrustKeyStore other = new(directory, new FixedPassphrases("another one"));
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<KeelsonException>(() => other.Open(id)).Kind);
    }

    [Fact]
    public void Keys_of_roots_serve_every_collection()
    {
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        store.Generate("root", "example.com/x");
        Assert.DoesNotContain("gun:", File.ReadAllText(Assert.Single(store.List()).Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ecparam", "-genkey -name prime256v1 -noout")]
    [InlineData("genrsa", "-traditional 2048")]
    public void A_legacy_key_of_openssl_is_taken(string command, string arguments)
    {
        Programs.Need("openssl");
        string plain = $"{directory}/plain.pem", encrypted = $"{directory}/old.pem";
        ChildProcess.Run(["openssl", command, "-out", plain, .. arguments.Split(' ')]).Succeeds();
        ChildProcess.Run(["openssl", command == "genrsa" ? "rsa" : "ec", .. command == "genrsa" ? ["-traditional"] : Array.Empty<string>(), "-in", plain, "-aes256", "-passout", "pass:" + FixedPassphrases.Usual, "-out", encrypted]).Succeeds();
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        string id = Assert.Single(store.Import(File.ReadAllText(plain), "alice")).Id;
        store.Remove(id);
        Assert.Contains("DEK-Info", File.ReadAllText(encrypted), StringComparison.Ordinal);
        Assert.Equal(id, Assert.Single(store.Import(File.ReadAllText(encrypted), "alice")).Id);
        Assert.Equal(id, store.Open(id)!.Id);
    }

    [Fact]
    public void A_key_of_openssl_with_another_hash_is_opened()
    {
        Programs.Need("openssl");
        string plain = $"{directory}/plain.pem", encrypted = $"{directory}/new.pem";
        ChildProcess.Run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", plain]).Succeeds();
        ChildProcess.Run(["openssl", "pkcs8", "-topk8", "-in", plain, "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA256", "-passout", "pass:" + FixedPassphrases.Usual, "-out", encrypted]).Succeeds();
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        string id = Assert.Single(store.Import(File.ReadAllText(encrypted), "alice")).Id;
        Assert.Equal(id, store.Open(id)!.Id);
    }

    [Fact]
    public void A_backup_brings_all_keys_back_without_a_passphrase()
    {
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        store.Generate("root");
        store.Generate("targets", "example.com/x", "ed25519");
        string backup = store.Export();
        using TrustKeyStore other = new(directory + "/other", new FixedPassphrases("must not be asked"));
        other.Import(backup);
        Assert.Equal(store.List().Select(key => (key.Id, key.Role, key.Gun)), other.List().Select(key => (key.Id, key.Role, key.Gun)));
    }

    [Fact]
    public void A_file_under_the_name_of_another_key_is_refused()
    {
        using TrustKeyStore store = new(directory, new FixedPassphrases());
        string one = store.Generate("root").Id, two = store.Generate("root").Id;
        File.Copy($"{directory}/private/{one}.key", $"{directory}/private/{two}.key", overwrite: true);
        using TrustKeyStore again = new(directory, new FixedPassphrases());
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => again.Open(two)).Kind);
    }

    [Fact]
    public void Passphrases_come_from_the_environment_by_role()
    {
        Dictionary<string, string> variables = new() { ["NOTARY_TARGETS_PASSPHRASE"] = "t", ["DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"] = "r", ["DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"] = "d" };
        EnvironmentPassphrases source = new(null, variables.GetValueOrDefault);
        Assert.Equal(["t", "r", "d", null], (string?[])[Find("targets", 0), Find("root", 0), Find("alice", 0), Find("root", 1)]);

        string? Find(string role, int attempt) => source.Find(new("id", role, "", false, attempt));
    }

    [Fact]
    public void A_certificate_with_a_weak_key_or_a_past_end_is_no_key_of_a_delegation()
    {
        using RSA weak = RSA.Create(1024);
        Assert.Throws<TufException>(() => TrustPublicKeys.FromPem(weak.ExportSubjectPublicKeyInfoPem(), TimeProvider.System.GetUtcNow()));
        using TrustKey key = TrustKey.Generate();
        string past = key.SelfSigned("alice", TimeProvider.System.GetUtcNow().AddYears(-11));
        Assert.Throws<KeelsonException>(() => TrustPublicKeys.FromPem(past, TimeProvider.System.GetUtcNow()));
    }
}
