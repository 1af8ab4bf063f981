using Keelson.Notary.Keys;
using Keelson.Notary.MySql;
using Keelson.Notary.Postgres;
using Keelson.Notary.Sqlite;
using Keelson.Notary.Tests.Debian;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests;

namespace Keelson.Notary.Tests.Keys;

public sealed class MemoryKeyVaultTests : KeyVaultSuite
{
    protected override Task<IKeyStore> OpenAsync() => Task.FromResult<IKeyStore>(new MemoryKeyStore());

    protected override Task<IKeyStore?> AgainAsync() => Task.FromResult<IKeyStore?>(null);
}

public sealed class SqliteKeyVaultTests : KeyVaultSuite
{
    private readonly string folder = TestDirectory.Make("keys");

    protected override Task<IKeyStore> OpenAsync() => Task.FromResult<IKeyStore>(SqliteKeyStore.Open(new() { Path = folder + "/keys.db" }));

    protected override async Task<IKeyStore?> AgainAsync() => await OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task What_is_in_the_file_is_wrapped()
    {
        OnlineKey key = await Vault.CreateAsync("ed25519", Gun, "timestamp");
        await Vault.DisposeAsync();
        byte[] file = await File.ReadAllBytesAsync(folder + "/keys.db");
        // The public half is there once, and not beside the private one.
        Assert.Equal(1, Count(file, key.PublicKey.Span));
        Assert.Equal(1, Count(file, "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMjU2R0NNIi"u8));
    }

    [Fact]
    public async Task One_file_has_keys_and_collections()
    {
        await using SqliteTrustStore collections = SqliteTrustStore.Open(new() { Path = folder + "/keys.db" });
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            OnlineKey key = await Vault.CreateAsync("ed25519", $"g{i}", "timestamp");
            await collections.UpdateAsync($"g{i}", [new("timestamp", 1, await Vault.SignAsync(key.Id, Content))]);
        })));
        Assert.Equal(40, (await collections.ListAsync("", 100)).Count);
    }

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part)
    {
        int count = 0;
        for (int at; (at = bytes.IndexOf(part)) >= 0; bytes = bytes[(at + 1)..]) count++;
        return count;
    }
}

public sealed class PostgresKeyVaultTests(PostgresServer server) : KeyVaultSuite, IClassFixture<PostgresServer>
{
    private string? connection;

    protected override async Task<IKeyStore> OpenAsync() => await PostgresKeyStore.OpenAsync(new() { Connection = connection ??= await TestDatabase.MakeAsync(server) });

    protected override async Task<IKeyStore?> AgainAsync() => await OpenAsync();
}

public sealed class MySqlKeyVaultTests(MariaServer server) : KeyVaultSuite
{
    private string? address;

    protected override async Task<IKeyStore> OpenAsync() => await MySqlKeyStore.OpenAsync(new() { Address = address ??= await server.MakeAsync() });

    protected override async Task<IKeyStore?> AgainAsync() => await OpenAsync();

    [Fact]
    public async Task Keys_of_collections_that_differ_in_case_are_different()
    {
        OnlineKey key = await Vault.CreateAsync("ecdsa", Gun, "timestamp");
        Assert.NotEqual(key.Id, (await Vault.CreateAsync("ecdsa", Gun.ToUpperInvariant(), "timestamp")).Id);
        Assert.NotEqual(key.Id, (await Vault.CreateAsync("ecdsa", Gun + " ", "timestamp")).Id);
        Assert.Equal(key.Id, (await Vault.CreateAsync("ecdsa", Gun, "timestamp")).Id);
    }

    [Fact]
    public async Task A_table_from_before_collections_gives_none_of_its_keys_away_again()
    {
        string old = await server.MakeAsync(DebianSchema.MySqlSigner + "ALTER TABLE private_keys DROP COLUMN gun, DROP COLUMN role, DROP COLUMN last_used; " +
            "INSERT INTO private_keys (key_id, encryption_alg, keywrap_alg, algorithm, passphrase_alias, public, private) VALUES ('id', 'A256GCM', 'PBES2-HS256+A128KW', 'ecdsa', 'k1', 'p', 'a.b.c')");
        await using IKeyStore store = await MySqlKeyStore.OpenAsync(new() { Address = old });
        Assert.Equal(("id", "", ""), (await store.FindAsync("id")) is { } key ? (key.Id, key.Gun, key.Role) : default);
        Assert.Null(await store.FindUnusedAsync(Gun, "timestamp", "ecdsa"));
    }
}
