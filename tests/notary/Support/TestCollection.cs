using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Tuf;

namespace Keelson.Notary.Tests.Support;

/// <summary>A collection that a test publishes by hand.</summary>
internal sealed class TestCollection
{
    private readonly NotaryHost host;
    private readonly Dictionary<string, ITufSigner> signers = [];

    private TestCollection(NotaryHost host, string gun)
    {
        (this.host, Gun) = (host, gun);
        Dialect = new(gun);
        Builder = new(Dialect);
    }

    public string Gun { get; }

    public NotaryDialect Dialect { get; }

    public TufRepositoryBuilder Builder { get; }

    /// <summary>Makes keys, and asks the server for its own.</summary>
    /// <param name="host">The server.</param>
    /// <param name="gun">The collection.</param>
    /// <param name="hasSnapshot">Whether the server signs snapshots too.</param>
    public static async Task<TestCollection> MakeAsync(NotaryHost host, string gun, bool hasSnapshot = true)
    {
        TestCollection collection = new(host, gun);
        collection.SetRoot(gun);
        collection.SetKey(TufRoles.Targets, EcdsaSigner.Generate());
        if (hasSnapshot) collection.SetServerKey(TufRoles.Snapshot, await collection.AskKeyAsync(TufRoles.Snapshot));
        else collection.SetKey(TufRoles.Snapshot, EcdsaSigner.Generate());
        collection.SetServerKey(TufRoles.Timestamp, await collection.AskKeyAsync(TufRoles.Timestamp));
        return collection;
    }

    /// <summary>Gives the root a fresh key in a certificate.</summary>
    public void SetRoot(string commonName)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(new X500DistinguishedName("CN=" + commonName), key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        SetKey(TufRoles.Root, new EcdsaSigner(key, certificate.ExportCertificatePem()));
    }

    public void SetKey(string role, ITufSigner signer)
    {
        signers[role] = signer;
        Builder.SetKeys(role, 1, Dialect.KeyOf(signer));
    }

    /// <summary>Signs what changed of some roles, in the order in which one names the other.</summary>
    public Dictionary<string, byte[]> Sign(params IReadOnlyList<string> roles)
    {
        Dictionary<string, byte[]> files = [];
        foreach (string role in roles)
        {
            byte[] file = TufSigning.Add(Builder.Stage(role), Dialect, [signers[role]]);
            Builder.Accept(role, file);
            files[role] = file;
        }
        return files;
    }

    /// <summary>Signs the next version of a role, and leaves it at that.</summary>
    public byte[] Resign(string role) => TufSigning.Add(Builder.Stage(role), Dialect, [signers[role]]);

    /// <summary>A snapshot of what was signed last, as one comes after those of the server.</summary>
    /// <param name="version">Its version.</param>
    public byte[] SnapshotAfter(long version)
    {
        JsonObject signed = JsonNode.Parse(Builder.Stage(TufRoles.Snapshot))!["signed"]!.AsObject();
        signed["version"] = version + 1;
        return TufSigning.Add(TufSigning.Unsigned(signed), Dialect, [signers[TufRoles.Snapshot]]);
    }

    /// <summary>Who signs a delegated role.</summary>
    public void SetSigner(string role, ITufSigner signer) => signers[role] = signer;

    /// <summary>Publishes files, each named after its role.</summary>
    public Task<(int Status, string Body)> PostAsync(IReadOnlyDictionary<string, byte[]> files) => PostAsync(files, host);

    /// <summary>Publishes files by another server.</summary>
    public async Task<(int Status, string Body)> PostAsync(IReadOnlyDictionary<string, byte[]> files, NotaryHost by)
    {
        using MultipartFormDataContent content = [];
        foreach ((string role, byte[] file) in files)
        {
            ByteArrayContent part = new(file);
            part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "files", FileName = $"\"{role}\"" };
            content.Add(part);
        }
        return await SendAsync(HttpMethod.Post, $"/v2/{Gun}/_trust/tuf/", content, by);
    }

    /// <summary>What a collection begins with.</summary>
    public async Task BeginAsync() => Assert.Equal((200, ""), await PostAsync(Sign(TufRoles.Root, TufRoles.Targets)));

    /// <summary>Reads a file of the collection.</summary>
    public async Task<(int Status, string Body)> GetAsync(string name) => await SendAsync(HttpMethod.Get, $"/v2/{Gun}/_trust/tuf/{name}");

    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, HttpContent? content = null, NotaryHost? by = null)
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        using HttpResponseMessage answer = await (by ?? host).Client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Reads the collection as a client does that has its root.</summary>
    public TufTrustedSet Read(IReadOnlyDictionary<string, string> files)
    {
        TufTrustedSet set = new(System.Text.Encoding.UTF8.GetBytes(files[TufRoles.Root]), Dialect, TimeProvider.System.GetUtcNow());
        set.FinishRoots();
        set.UpdateTimestamp(System.Text.Encoding.UTF8.GetBytes(files[TufRoles.Timestamp]));
        set.UpdateSnapshot(System.Text.Encoding.UTF8.GetBytes(files[TufRoles.Snapshot]));
        set.UpdateTargets(System.Text.Encoding.UTF8.GetBytes(files[TufRoles.Targets]));
        return set;
    }

    /// <summary>Fetches and reads it.</summary>
    public async Task<TufTrustedSet> ReadAsync()
    {
        Dictionary<string, string> files = [];
        foreach (string role in TufRoles.TopLevel) files[role] = (await GetAsync(role + ".json")).Body;
        return Read(files);
    }

    public void SetServerKey(string role, TufKey key) => Builder.SetKeys(role, 1, key);

    public async Task<TufKey> AskKeyAsync(string role, HttpMethod? method = null)
    {
        (int status, string body) = await SendAsync(method ?? HttpMethod.Get, $"/v2/{Gun}/_trust/tuf/{role}.key");
        Assert.Equal(200, status);
        using JsonDocument key = JsonDocument.Parse(body);
        return Dialect.KeyOf(new PublicHalf(Convert.FromBase64String(key.RootElement.GetProperty("keyval").GetProperty("public").GetString()!)));
    }

    private sealed class PublicHalf(byte[] key) : ITufSigner
    {
        public TufAlgorithm Algorithm => TufAlgorithm.EcdsaP256;
        public ReadOnlyMemory<byte> PublicKey => key;
        public byte[] Sign(ReadOnlySpan<byte> data, int hash = 256) => throw new NotSupportedException();
    }
}
