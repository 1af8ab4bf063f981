using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Linux.Sys;

namespace Keelson.Tuf.Tests;

/// <summary>Debian's notary and its server: they read what this library writes, and the reverse.</summary>
public sealed class NotaryServerTests : IDisposable
{
    private const string Collection = "localhost/team/image";
    private readonly string directory;
    private readonly TestAuthority authority;
    private readonly ChildProcess server;
    private readonly HttpClient http;
    private readonly string address;

    public NotaryServerTests()
    {
        Programs.Need("notary", "notary-server");
        directory = TestDirectory.Make("notary");
        authority = new(directory);
        authority.Issue("server", "CN=localhost");
        int port = LoopbackPort.Free();
        address = $"https://localhost:{port}";
        File.WriteAllText(directory + "/server.json", $$$"""
            {"server":{"http_addr":"127.0.0.1:{{{port}}}","tls_key_file":"{{{directory}}}/server.key","tls_cert_file":"{{{directory}}}/server.pem"},
             "trust_service":{"type":"local","key_algorithm":"ecdsa"},"storage":{"backend":"memory"},"logging":{"level":"error"}}
            """);
        server = ChildProcess.Start(["notary-server", "-config", directory + "/server.json"]);
        Condition.Await("notary's server", () =>
        {
            using TcpClient probe = new();
            try
            {
                probe.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        http = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } });
    }

    private string TufUrl => $"{address}/v2/{Collection}/_trust/tuf/";

    public void Dispose()
    {
        http.Dispose();
        server.Signal(Signals.SIGKILL);
        server.WaitForEnd();
        server.Dispose();
        authority.Dispose();
        TestDirectory.Remove(directory);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Notary_trusts_what_this_library_published(bool signsServerSnapshots)
    {
        NotaryDialect dialect = new(Collection);
        TufRepositoryBuilder builder = new(dialect);
        using EcdsaSigner root = RootSigner(), targets = EcdsaSigner.Generate(), snapshot = EcdsaSigner.Generate(), releases = EcdsaSigner.Generate();
        Dictionary<string, ITufSigner> signers = new() { ["root"] = root, ["targets"] = targets, ["snapshot"] = snapshot, ["targets/releases"] = releases };
        foreach (string role in (string[])["root", "targets", "snapshot"]) builder.SetKeys(role, 1, dialect.KeyOf(signers[role]));
        // The timestamp is the server's to sign, and the snapshot may be.
        if (signsServerSnapshots) builder.SetKeys(TufRoles.Snapshot, 1, dialect.ReadKey(TufJson.Parse(await http.GetByteArrayAsync(TufUrl + "snapshot.key"))));
        builder.SetKeys(TufRoles.Timestamp, 1, dialect.ReadKey(TufJson.Parse(await http.GetByteArrayAsync(TufUrl + "timestamp.key"))));
        builder.Delegate("targets", "targets/releases", 1, [dialect.KeyOf(releases)], [""]);
        builder.AddTarget("v1", 6, TufHashes.Of("hello\n"u8));
        builder.AddTarget("<a&b>", 6, TufHashes.Of("hello\n"u8));
        builder.AddTarget("v2", 6, TufHashes.Of("world\n"u8), "targets/releases");
        using MultipartFormDataContent upload = [];
        foreach (string role in (string[])["root", "targets/releases", "targets", "snapshot"])
        {
            if (signsServerSnapshots && role == TufRoles.Snapshot) continue;
            builder.Accept(role, TufSigning.Add(builder.Stage(role), dialect, [signers[role]]));
            upload.Add(new ByteArrayContent(builder.Current[role].ToArray()), "files", role);
        }
        using HttpResponseMessage answer = await http.PostAsync(new Uri(TufUrl), upload);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        string list = Notary("list", Collection);
        Assert.Matches("v1 +5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 +6 +targets\\b", list);
        Assert.Matches("v2 +e258d248fda94c63753607f7c4494ee0fcbe92f1a76bfdac795c9d84101eb317 +6 +targets/releases", list);
        Assert.Contains("<a&b>", list, StringComparison.Ordinal);
        TufClient client = await ClientAsync(dialect);
        Assert.Equal(6, (await client.FindTargetAsync("v2", "targets/releases"))!.LengthBytes);
    }

    [Fact]
    public async Task This_library_trusts_what_notary_published()
    {
        File.WriteAllText(directory + "/hello.txt", "hello\n");
        Notary("init", "-p", Collection);
        TufClient client = await ClientAsync(new NotaryDialect(Collection));
        Assert.Null(await client.FindTargetAsync("v1"));
        Notary("add", "-p", Collection, "v1", directory + "/hello.txt");
        await client.RefreshAsync();
        Assert.True((await client.FindTargetAsync("v1"))!.Hashes.Match("hello\n"u8));
        Notary("remove", "-p", Collection, "v1");
        await client.RefreshAsync();
        Assert.Null(await client.FindTargetAsync("v1"));
    }

    private async Task<TufClient> ClientAsync(NotaryDialect dialect)
    {
        TufClient client = new(dialect, new MemoryTufStore(), new HttpTufFetcher(http, new Uri(TufUrl)));
        await client.InitializeAsync(await http.GetByteArrayAsync(TufUrl + "1.root.json"));
        return client;
    }

    private string Notary(params string[] arguments) => ChildProcess.Run(
        ["notary", "-s", address, "--tlscacert", authority.CertificateFile, "-d", directory + "/trust", .. arguments],
        new CommandOptions
        {
            Environment = new Dictionary<string, string>
            {
                ["HOME"] = directory,
                ["NOTARY_ROOT_PASSPHRASE"] = "passw0rd",
                ["NOTARY_TARGETS_PASSPHRASE"] = "passw0rd",
                ["NOTARY_SNAPSHOT_PASSPHRASE"] = "passw0rd",
            },
        }).Succeeds().Stdout;

    private static EcdsaSigner RootSigner()
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + Collection, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.3")], false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(3650));
        return new(key, certificate.ExportCertificatePem() + "\n");
    }
}
