using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keelson.Registry.Tests;
using Microsoft.AspNetCore.Http;

namespace Keelson.Acme.Tests;

/// <summary>An authority that believes everything, and answers what a test wants instead.</summary>
internal sealed class FakeAuthority : IAsyncDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;
    private readonly ConcurrentDictionary<string, int> asked = new();
    private LoopbackServer? server;
    private int nonces;
    private volatile bool isProven;
    private string? issued;

    private FakeAuthority()
    {
        CertificateRequest request = new("CN=fake authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        root = request.CreateSelfSigned(now.AddDays(-100), now.AddDays(100));
    }

    /// <summary>What is answered instead of the truth, by path.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Instead { get; } = new();

    /// <summary>The name that is asked for last.</summary>
    public string Host { get; private set; } = "";

    /// <summary>Life of certificates.</summary>
    public TimeSpan Life { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The name in certificates instead of the right one.</summary>
    public string? OtherName { get; set; }

    public string Base => "http://" + server!.Name;

    public Uri Directory => new(Base + "/dir");

    /// <summary>How often a path was asked for.</summary>
    public int Asked(string path) => asked.GetValueOrDefault(path);

    public static async Task<FakeAuthority> StartAsync()
    {
        FakeAuthority made = new();
        made.server = await LoopbackServer.StartAsync(made.HandleAsync);
        return made;
    }

    /// <summary>Answers with a document.</summary>
    public static Task WriteAsync(HttpContext http, int status, string body, string? location = null)
    {
        http.Response.StatusCode = status;
        if (location is not null) http.Response.Headers.Location = location;
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body)).AsTask();
    }

    /// <summary>Answers truthfully to who wants a certificate.</summary>
    public Task TellOrderAsync(HttpContext http) => TellAsync(http, "/order", JsonNode.Parse((string)http.Items["message"]!));

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        root.Dispose();
        key.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        string path = http.Request.Path.Value!;
        asked.AddOrUpdate(path, 1, (_, count) => count + 1);
        http.Response.Headers["Replay-Nonce"] = $"nonce-{Interlocked.Increment(ref nonces)}";
        using StreamReader reader = new(http.Request.Body);
        string text = await reader.ReadToEndAsync();
        http.Items["message"] = text;
        if (Instead.TryGetValue(path, out RequestDelegate? other)) await other(http);
        else await TellAsync(http, path, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    private Task TellAsync(HttpContext http, string path, JsonNode? message)
    {
        string payload = message is null ? "" : Encoding.UTF8.GetString(Base64Url.DecodeFromChars((string)message["payload"]!));
        switch (path)
        {
            case "/dir":
                return WriteAsync(http, 200, $$"""{"newNonce":"{{Base}}/nonce","newAccount":"{{Base}}/account","newOrder":"{{Base}}/order"}""");
            case "/nonce":
                return Task.CompletedTask;
            case "/account":
                return WriteAsync(http, 201, "{}", Base + "/account/1");
            case "/order":
                (Host, isProven, issued) = ((string)JsonNode.Parse(payload)!["identifiers"]![0]!["value"]!, false, null);
                return WriteAsync(http, 201, Order(), Base + "/o/1");
            case "/o/1":
                return WriteAsync(http, 200, Order());
            case "/a/1":
                return WriteAsync(http, 200, Authorization());
            case "/c/1":
                isProven = true;
                return WriteAsync(http, 200, "{}");
            case "/f/1":
                issued = Issue(Base64Url.DecodeFromChars((string)JsonNode.Parse(payload)!["csr"]!));
                return WriteAsync(http, 200, Order());
            case "/cert/1":
                return WriteAsync(http, 200, issued!);
            default:
                return WriteAsync(http, 404, "{}");
        }
    }

    public string Order(string? status = null) => $$"""{"status":"{{status ?? (issued is not null ? "valid" : isProven ? "ready" : "pending")}}","authorizations":["{{Base}}/a/1"],"finalize":"{{Base}}/f/1","certificate":"{{Base}}/cert/1"}""";

    public string Authorization(string? host = null, string token = "token", string type = "tls-alpn-01", string? status = null) =>
        $$"""{"status":"{{status ?? (isProven ? "valid" : "pending")}}","identifier":{"type":"dns","value":"{{host ?? Host}}"},"challenges":[{"type":"{{type}}","url":"{{Base}}/c/1","token":"{{token}}"}]}""";

    private string Issue(byte[] request)
    {
        CertificateRequest wanted = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256);
        CertificateRequest given = new(wanted.SubjectName, wanted.PublicKey, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(OtherName ?? Host);
        given.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = given.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now + Life, RandomNumberGenerator.GetBytes(8));
        return made.ExportCertificatePem() + "\n" + root.ExportCertificatePem() + "\n";
    }
}
