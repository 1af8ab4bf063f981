using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Notary.Tests.Stores;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests;

namespace Keelson.Notary.Tests.Debian;

/// <summary>Debian's notary-server with our signer, and its tables with our store.</summary>
public sealed class DebianServerTests(PostgresServer server, MariaServer maria) : IClassFixture<PostgresServer>, IDisposable
{
    private const string Gun = "localhost/some/collection";
    private readonly TestCertificates certificates = new();

    public void Dispose() => certificates.Dispose();

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public async Task It_signs_with_our_signer(string algorithm)
    {
        using DebianNotary debian = new(certificates);
        await using KeyVault vault = new(new MemoryKeyStore(), KeyVaultOptions.ForMemory());
        TestLog log = new();
        await using TestSigner signer = await TestSigner.StartAsync(vault, certificates, log);
        debian.StartServer(signer.Port, null, algorithm);
        debian.Notary("init", "-p", Gun).Succeeds();
        debian.Notary("key", "rotate", Gun, "snapshot", "-r").Succeeds();
        debian.Notary("add", "-p", Gun, "v1", debian.Target("one")).Succeeds();
        debian.Notary("key", "rotate", Gun, "timestamp", "-r").Succeeds();
        Assert.Contains("v1", debian.Notary("list", Gun).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains("/proto.KeyManagement/CreateKey: OK", log.Text, StringComparison.Ordinal);
        Assert.Contains("/proto.Signer/Sign: OK", log.Text, StringComparison.Ordinal);
        using HttpClient http = Client(debian);
        using JsonDocument health = JsonDocument.Parse(await http.GetStringAsync("/_notary_server/health"));
        Assert.Empty(health.RootElement.EnumerateObject());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_database_is_adopted_by_our_store(bool isMySql)
    {
        using DebianNotary debian = new(certificates);
        string database = isMySql ? await maria.MakeAsync(DebianSchema.MySqlServer) : await TestDatabase.MakeAsync(server, DebianSchema.Server);
        debian.StartServer(debian.StartSigner(null), database);
        debian.Notary("init", "-p", Gun).Succeeds();
        debian.Notary("add", "-p", Gun, "v1", debian.Target("one")).Succeeds();
        debian.Notary("init", "-p", Gun + "/gone").Succeeds();
        debian.Notary("delete", "--remote", Gun + "/gone").Succeeds();
        debian.Notary("init", "-p", Gun + "/other").Succeeds();
        await using ITrustStore store = await PublishChild.OpenAsync(database);
        using HttpClient http = Client(debian);

        Assert.Equal([Gun, Gun + "/other"], await store.ListAsync("", 10));
        foreach (string role in (string[])["root", "targets", "snapshot", "timestamp"])
        {
            byte[] theirs = await http.GetByteArrayAsync($"/v2/{Gun}/_trust/tuf/{role}.json");
            TrustFile ours = (await store.FindAsync(Gun, role))!;
            Assert.True(ours.Data.Span.SequenceEqual(theirs));
            Assert.Equal(ours, (await store.FindByHashAsync(Gun, role, ours.Sha256))! with { Data = ours.Data });
            Assert.Equal(ours, (await store.FindByVersionAsync(Gun, role, ours.Version))! with { Data = ours.Data });
            Assert.InRange(ours.CreatedAt, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        }
        foreach ((string? gun, long id, int records) in (IEnumerable<(string?, long, int)>)[(null, 0, 100), (null, 0, 2), (null, -1, 2), (null, 3, -1), (null, 2, 100), (Gun, 0, 100), (Gun + "/gone", -1, 1), (null, 0, -2)])
            Assert.Equal(await FeedAsync(http, gun, id, records), await store.ChangesAsync(gun, id, records));

        // Both write from here on.
        long before = (await store.FindAsync(Gun, "targets"))!.Version;
        await store.DeleteAsync(Gun + "/other");
        Assert.False((await http.GetAsync($"/v2/{Gun}/other/_trust/tuf/root.json")).IsSuccessStatusCode);
        debian.Notary("add", "-p", Gun, "v2", debian.Target("two")).Succeeds();
        TrustFile newest = (await store.FindAsync(Gun, "targets"))!;
        Assert.True(newest.Version > before);
        Assert.Equal(await http.GetByteArrayAsync($"/v2/{Gun}/_trust/tuf/targets.json"), newest.Data.ToArray());
        Assert.Equal(await FeedAsync(http, null, 0, 100), await store.ChangesAsync(null, 0, 100));
        Assert.Contains("v2", debian.Notary("list", Gun).Succeeds().Stdout, StringComparison.Ordinal);
    }

    private HttpClient Client(DebianNotary debian)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(certificates.Authority);
        return new(new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = policy } }) { BaseAddress = debian.Server };
    }

    /// <summary>Lines of the feed as notary-server tells them.</summary>
    private static async Task<List<TrustChange>> FeedAsync(HttpClient http, string? gun, long id, int records)
    {
        string address = string.Create(CultureInfo.InvariantCulture, $"/v2/{(gun is null ? "" : gun + "/")}_trust/changefeed?records={records}&change_id={id}");
        using JsonDocument document = JsonDocument.Parse(await http.GetStringAsync(address));
        return [.. document.RootElement.GetProperty("records").EnumerateArray().Select(line => new TrustChange(
            long.Parse(line.GetProperty("ID").GetString()!, CultureInfo.InvariantCulture), line.GetProperty("CreatedAt").GetDateTimeOffset(), line.GetProperty("GUN").GetString()!,
            line.GetProperty("Version").GetInt64(), line.GetProperty("SHA256").GetString()!.Trim(), line.GetProperty("Category").GetString() == "deletion"))];
    }
}
