using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Keelson.Tuf;

namespace Keelson.Bench.Trust;

/// <summary>Publishes collections over HTTP/1.1, with a connection for each publisher that waits.</summary>
internal sealed class Publisher : IDisposable
{
    /// <summary>Targets that updates change in turns, so that the last update is as large as the first.</summary>
    private const int Tags = 20;

    private readonly X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
    private readonly Uri address;
    private readonly HttpClient client;

    public Publisher(string address, string certificate)
    {
        policy.CustomTrustStore.ImportFromPemFile(certificate);
        this.address = new(address);
        client = new(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }) { BaseAddress = this.address };
    }

    /// <summary>Makes a collection on the server, and signs and writes the updates that follow.</summary>
    public async Task<Collection> BeginAsync(string gun, int updates)
    {
        NotaryDialect dialect = new(gun);
        TufRepositoryBuilder builder = new(dialect);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(new X500DistinguishedName("CN=" + gun), key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        EcdsaSigner root = new(key, certificate.ExportCertificatePem() + "\n");
        using EcdsaSigner targets = EcdsaSigner.Generate();
        builder.SetKeys(TufRoles.Root, 1, dialect.KeyOf(root));
        builder.SetKeys(TufRoles.Targets, 1, dialect.KeyOf(targets));
        foreach (string role in (string[])[TufRoles.Snapshot, TufRoles.Timestamp]) builder.SetKeys(role, 1, await KeyAsync(gun, role, dialect).ConfigureAwait(false));
        byte[] rootFile = Sign(TufRoles.Root, root);
        await PostAsync(gun, (TufRoles.Root, rootFile), (TufRoles.Targets, Sign(TufRoles.Targets, targets))).ConfigureAwait(false);
        List<ReadOnlyMemory<byte>> requests = [];
        for (int i = 0; i < Tags; i++) Change(i);
        for (int i = 0; i < updates; i++)
        {
            Change(i);
            requests.Add(await WriteAsync(gun, Sign(TufRoles.Targets, targets)).ConfigureAwait(false));
        }
        return new(requests);

        void Change(int i) => builder.AddTarget(string.Create(CultureInfo.InvariantCulture, $"v{i % Tags}"), i, TufHashes.Of("content"u8));

        byte[] Sign(string role, ITufSigner signer)
        {
            byte[] file = TufSigning.Add(builder.Stage(role), dialect, [signer]);
            builder.Accept(role, file);
            return file;
        }
    }

    /// <summary>Makes a collection when it is not there.</summary>
    public async Task EnsureAsync(string gun)
    {
        using HttpResponseMessage found = await client.GetAsync($"/v2/{gun}/_trust/tuf/root.json").ConfigureAwait(false);
        if (!found.IsSuccessStatusCode) await BeginAsync(gun, 0).ConfigureAwait(false);
    }

    /// <summary>Connects, as a publisher who will send updates.</summary>
    public Task<UploadConnection> ConnectAsync() => UploadConnection.OpenAsync(address, policy);

    public void Dispose() => client.Dispose();

    private async Task<TufKey> KeyAsync(string gun, string role, NotaryDialect dialect)
    {
        using JsonDocument key = JsonDocument.Parse(await client.GetByteArrayAsync($"/v2/{gun}/_trust/tuf/{role}.key").ConfigureAwait(false));
        return dialect.KeyOf(new PublicHalf(key.RootElement.GetProperty("keyval").GetProperty("public").GetBytesFromBase64()));
    }

    private async Task PostAsync(string gun, params IReadOnlyList<(string Role, byte[] File)> files)
    {
        using MultipartFormDataContent content = ContentOf(files);
        using HttpResponseMessage answer = await client.PostAsync($"/v2/{gun}/_trust/tuf/", content).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"publish {gun}: {await answer.Content.ReadAsStringAsync().ConfigureAwait(false)}");
    }

    /// <summary>A request with targets, as it goes over the wire.</summary>
    private async Task<ReadOnlyMemory<byte>> WriteAsync(string gun, byte[] targets)
    {
        using MultipartFormDataContent content = ContentOf([(TufRoles.Targets, targets)]);
        byte[] body = await content.ReadAsByteArrayAsync().ConfigureAwait(false);
        string head = string.Create(CultureInfo.InvariantCulture, $"POST /v2/{gun}/_trust/tuf/ HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: {content.Headers.ContentType}\r\nContent-Length: {body.Length}\r\n\r\n");
        return (byte[])[.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static MultipartFormDataContent ContentOf(IReadOnlyList<(string Role, byte[] File)> files)
    {
        MultipartFormDataContent content = [];
        foreach ((string role, byte[] file) in files)
        {
            ByteArrayContent part = new(file);
            part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "files", FileName = role };
            content.Add(part);
        }
        return content;
    }

    private sealed class PublicHalf(byte[] key) : ITufSigner
    {
        public TufAlgorithm Algorithm => TufAlgorithm.EcdsaP256;
        public ReadOnlyMemory<byte> PublicKey => key;
        public byte[] Sign(ReadOnlySpan<byte> data, int hash = 256) => throw new NotSupportedException();
    }
}

/// <summary>A collection that is there.</summary>
/// <param name="Updates">Updates of its targets that wait to be published, as requests.</param>
internal sealed record Collection(IReadOnlyList<ReadOnlyMemory<byte>> Updates);
