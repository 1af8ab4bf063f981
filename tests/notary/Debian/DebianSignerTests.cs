using Keelson.Notary.Keys;
using Keelson.Notary.MySql;
using Keelson.Notary.Postgres;
using Keelson.Notary.Signer;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests;

namespace Keelson.Notary.Tests.Debian;

/// <summary>Debian's notary-signer with our client, and its table with our vault.</summary>
public sealed class DebianSignerTests(PostgresServer server, MariaServer maria) : IClassFixture<PostgresServer>, IDisposable
{
    private static readonly byte[] Content = "what is to be signed"u8.ToArray();
    private readonly TestCertificates certificates = new();

    public void Dispose() => certificates.Dispose();

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public async Task Our_client_speaks_to_it(string algorithm)
    {
        using DebianNotary debian = new(certificates);
        await using RemoteKeyService remote = new(certificates.ClientOf(debian.StartSigner(await TestDatabase.MakeAsync(server, DebianSchema.Signer))));
        await remote.CheckAsync();
        OnlineKey key = await remote.CreateAsync(algorithm, "g", "timestamp");
        Assert.Equal(key.Id, (await remote.CreateAsync(algorithm, "g", "timestamp")).Id);
        Signatures.Verify(key, Content, await remote.SignAsync(key.Id, Content));
        Assert.NotEqual(key.Id, (await remote.CreateAsync(algorithm, "g", "timestamp")).Id);
        OnlineKey found = Assert.IsType<OnlineKey>(await remote.FindAsync(key.Id));
        Assert.Equal((key.Id, algorithm, "timestamp"), (found.Id, found.Algorithm, found.Role));
        Assert.Null(await remote.FindAsync(new('0', 64)));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => remote.SignAsync(new('0', 64), Content))).Kind);
        Assert.True(await remote.DeleteAsync(key.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_keys_are_adopted_by_our_vault_and_ours_by_it(bool isMySql)
    {
        using DebianNotary debian = new(certificates);
        string database = isMySql ? await maria.MakeAsync(DebianSchema.MySqlSigner) : await TestDatabase.MakeAsync(server, DebianSchema.Signer);
        await using RemoteKeyService remote = new(certificates.ClientOf(debian.StartSigner(database)));
        foreach (string algorithm in (string[])["ecdsa", "ed25519"])
        {
            OnlineKey used = await remote.CreateAsync(algorithm, "theirs", "timestamp"), unused = await remote.CreateAsync(algorithm, "theirs", "snapshot"), removed = await remote.CreateAsync(algorithm, "theirs", "targets");
            await remote.SignAsync(used.Id, Content);
            await remote.DeleteAsync(removed.Id);
            await using KeyVault vault = new(isMySql ? await MySqlKeyStore.OpenAsync(new() { Address = database }) : await PostgresKeyStore.OpenAsync(new() { Connection = database }), new() { DefaultAlias = DebianNotary.Alias, Passphrase = alias => alias == DebianNotary.Alias ? DebianNotary.Passphrase : null });
            Signatures.Verify(used, Content, await vault.SignAsync(used.Id, Content));
            Assert.Equal("theirs", (await vault.FindAsync(used.Id))!.Gun);
            Assert.NotEqual(used.Id, (await vault.CreateAsync(algorithm, "theirs", "timestamp")).Id);
            Assert.Equal(unused.Id, (await vault.CreateAsync(algorithm, "theirs", "snapshot")).Id);
            Assert.Null(await vault.FindAsync(removed.Id));

            OnlineKey ours = await vault.CreateAsync(algorithm, "ours", "timestamp");
            Assert.Equal(ours.Id, (await remote.CreateAsync(algorithm, "ours", "timestamp")).Id);
            Signatures.Verify(ours, Content, await remote.SignAsync(ours.Id, Content));
        }
    }
}
