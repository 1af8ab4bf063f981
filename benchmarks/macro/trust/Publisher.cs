using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Keelson.Tuf;

namespace Keelson.Bench.Trust;

/// <summary>Publishes collections over HTTP/1.1, with a connection for each publisher that waits.</summary>
internal sealed class Publisher : IDisposable
{
    private readonly HttpClient client;

    public Publisher(string address, string certificate)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(certificate);
        client = new(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }) { BaseAddress = new(address) };
    }

    /// <summary>Makes a collection on the server, and signs the updates that follow.</summary>
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
        List<byte[]> files = [];
        for (int i = 0; i < updates; i++)
        {
            builder.AddTarget(string.Create(CultureInfo.InvariantCulture, $"v{i}"), i, TufHashes.Of("content"u8));
            files.Add(Sign(TufRoles.Targets, targets));
        }
        return new(gun, files);

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

    /// <summary>Publishes all updates of a collection, one after the other.</summary>
    public async Task UpdateAllAsync(Collection collection)
    {
        foreach (byte[] file in collection.Updates) await PostAsync(collection.Gun, (TufRoles.Targets, file)).ConfigureAwait(false);
    }

    public void Dispose() => client.Dispose();

    private async Task<TufKey> KeyAsync(string gun, string role, NotaryDialect dialect)
    {
        using JsonDocument key = JsonDocument.Parse(await client.GetByteArrayAsync($"/v2/{gun}/_trust/tuf/{role}.key").ConfigureAwait(false));
        return dialect.KeyOf(new PublicHalf(key.RootElement.GetProperty("keyval").GetProperty("public").GetBytesFromBase64()));
    }

    private async Task PostAsync(string gun, params IReadOnlyList<(string Role, byte[] File)> files)
    {
        using MultipartFormDataContent content = [];
        foreach ((string role, byte[] file) in files)
        {
            ByteArrayContent part = new(file);
            part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "files", FileName = role };
            content.Add(part);
        }
        using HttpResponseMessage answer = await client.PostAsync($"/v2/{gun}/_trust/tuf/", content).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"publish {gun}: {await answer.Content.ReadAsStringAsync().ConfigureAwait(false)}");
    }

    private sealed class PublicHalf(byte[] key) : ITufSigner
    {
        public TufAlgorithm Algorithm => TufAlgorithm.EcdsaP256;
        public ReadOnlyMemory<byte> PublicKey => key;
        public byte[] Sign(ReadOnlySpan<byte> data, int hash = 256) => throw new NotSupportedException();
    }
}

/// <summary>A collection, and updates of its targets that wait to be published.</summary>
internal sealed record Collection(string Gun, IReadOnlyList<byte[]> Updates);
