using System.Net;
using System.Net.Sockets;
using Keelson.Notary.Keys;
using Keelson.Notary.Signer;
using Keelson.Notary.Sqlite;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests;

namespace Keelson.Notary.Tests.Signer;

/// <summary>Our client and our signer.</summary>
public sealed class RemoteKeyTests : IAsyncLifetime
{
    private static readonly byte[] Content = new byte[5 << 20];
    private readonly TestCertificates certificates = new();
    private readonly KeyVault vault = new(new MemoryKeyStore(), KeyVaultOptions.ForMemory());
    private readonly TestLog log = new();
    private TestSigner signer = null!;
    private RemoteKeyService remote = null!;

    public async ValueTask InitializeAsync()
    {
        signer = await TestSigner.StartAsync(vault, certificates, log);
        remote = new(certificates.ClientOf(signer.Port));
    }

    public async ValueTask DisposeAsync()
    {
        await remote.DisposeAsync();
        await signer.DisposeAsync();
        await vault.DisposeAsync();
        certificates.Dispose();
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public async Task A_key_elsewhere_signs_as_one_here(string algorithm)
    {
        OnlineKey key = await remote.CreateAsync(algorithm, "g", "timestamp");
        Assert.Equal(key.Id, (await remote.CreateAsync(algorithm, "g", "timestamp")).Id);
        Signatures.Verify(key, Content, await remote.SignAsync(key.Id, Content));
        OnlineKey found = Assert.IsType<OnlineKey>(await remote.FindAsync(key.Id));
        Assert.Equal((key.Id, algorithm, "", "timestamp"), (found.Id, found.Algorithm, found.Gun, found.Role));
        Assert.True(await remote.DeleteAsync(key.Id));
        Assert.False(await remote.DeleteAsync(key.Id));
        Assert.Null(await remote.FindAsync(key.Id));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => remote.SignAsync(key.Id, Content))).Kind);
    }

    [Fact]
    public async Task It_is_well_until_it_is_gone()
    {
        await remote.CheckAsync();
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => remote.CreateAsync("rsa", "g", "timestamp"))).Kind);
        await signer.DisposeAsync();
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => remote.CheckAsync())).Kind);
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => remote.SignAsync("x", Content))).Kind);
    }

    [Fact]
    public async Task It_is_not_well_when_its_store_is_gone()
    {
        string folder = TestDirectory.Make("signer");
        SqliteKeyStore store = SqliteKeyStore.Open(new() { Path = folder + "/keys.db" });
        await using KeyVault other = new(store, KeyVaultOptions.ForMemory());
        await using TestSigner served = await TestSigner.StartAsync(other, certificates);
        await using RemoteKeyService asked = new(certificates.ClientOf(served.Port));
        await asked.CheckAsync();
        await store.DisposeAsync();
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => asked.CheckAsync())).Kind);
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task A_signer_that_takes_connections_and_says_nothing_is_given_up()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        await using RemoteKeyService asked = new(certificates.ClientOf(((IPEndPoint)silent.LocalEndpoint).Port) with { CallLimit = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => asked.CheckAsync())).Kind);
    }

    [Fact]
    public async Task Who_shows_no_certificate_or_the_wrong_one_is_refused()
    {
        using TestCertificates others = new();
        RemoteKeyOptions right = certificates.ClientOf(signer.Port);
        RemoteKeyOptions[] wrong =
        [
            right with { CertificateFile = null, KeyFile = null },
            right with { CertificateFile = others.Client.Certificate, KeyFile = others.Client.Key },
            // A server's certificate is none of a client.
            right with { CertificateFile = certificates.Server.Certificate, KeyFile = certificates.Server.Key },
            right with { AuthorityFile = others.Authority },
            right with { Address = new($"https://127.0.0.2:{signer.Port}") },
        ];
        foreach (RemoteKeyOptions options in wrong)
        {
            await using RemoteKeyService service = new(options);
            Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => service.CreateAsync("ecdsa", "g", "timestamp"))).Kind);
        }
        Assert.Throws<KeelsonException>(() => new RemoteKeyService(right with { AuthorityFile = "/nowhere" }));
    }

    [Fact]
    public async Task The_log_says_nothing_of_keys_and_of_what_is_signed()
    {
        OnlineKey key = await remote.CreateAsync("ecdsa", "some/collection", "timestamp");
        await remote.SignAsync(key.Id, "a secret matter"u8.ToArray());
        await Assert.ThrowsAsync<KeelsonException>(() => remote.SignAsync("another", Content));
        Assert.Contains("/proto.Signer/Sign", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret matter", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(key.PublicKey.Span), log.Text, StringComparison.Ordinal);
    }
}
