using System.Globalization;
using System.Net;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Registry.S3;
using Keelson.Registry.Tests.S3;

namespace Keelson.Registry.Tests.Storage;

/// <summary>A registry over a bucket: where clients are sent to, what faults of the server come to, how much memory a push takes.</summary>
public sealed class BucketTests : IAsyncLifetime
{
    private S3Server server = null!;
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        server = await S3Server.StartAsync();
        registry = await KeelsonRegistry.StartAsync(new S3Driver(server.Options));
        client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new("http://" + registry.Name) };
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_blob_is_had_from_the_bucket()
    {
        byte[] content = Pushes.Random(5000);
        Digest digest = await client.PushBlobAsync("r", content);
        using HttpResponseMessage answer = await client.GetAsync($"/v2/r/blobs/{digest}");
        Assert.Equal((HttpStatusCode.TemporaryRedirect, digest.ToString()), (answer.StatusCode, answer.Headers.GetValues("Docker-Content-Digest").Single()));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(server.Address.Authority, answer.Headers.Location!.Authority);
        Assert.Equal(content, await client.GetByteArrayAsync(answer.Headers.Location));
        using HttpRequestMessage part = new(HttpMethod.Get, answer.Headers.Location) { Headers = { Range = new(10, 19) } };
        using HttpResponseMessage partial = await client.SendAsync(part);
        Assert.Equal((HttpStatusCode.PartialContent, Convert.ToHexString(content[10..20])), (partial.StatusCode, Convert.ToHexString(await partial.Content.ReadAsByteArrayAsync())));
    }

    [Fact]
    public async Task What_a_client_may_not_have_it_is_not_sent_to()
    {
        Digest digest = await client.PushBlobAsync("r", Pushes.Random());
        using HttpResponseMessage elsewhere = await client.GetAsync($"/v2/other/blobs/{digest}");
        using HttpRequestMessage again = new(HttpMethod.Get, $"/v2/r/blobs/{digest}") { Headers = { IfNoneMatch = { new($"\"{digest}\"") } } };
        using HttpResponseMessage known = await client.SendAsync(again);
        using HttpRequestMessage head = new(HttpMethod.Head, $"/v2/r/blobs/{digest}");
        using HttpResponseMessage told = await client.SendAsync(head);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotModified, HttpStatusCode.OK, 100), (elsewhere.StatusCode, known.StatusCode, told.StatusCode, told.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task A_server_that_fails_for_long_is_503_and_the_push_goes_on_afterwards()
    {
        byte[] content = Pushes.Random(3000);
        using HttpResponseMessage begun = await client.PostAsync("/v2/r/blobs/uploads/", null);
        string upload = begun.Headers.Location!.PathAndQuery;
        using HttpResponseMessage first = await client.PatchAsync(upload, new ByteArrayContent(content, 0, 1000));
        server.Fails = _ => S3Fault.Cut;
        using HttpResponseMessage failed = await client.PatchAsync(upload, new ByteArrayContent(content, 1000, 1000));
        server.Fails = _ => null;
        using HttpResponseMessage status = await client.GetAsync(new Uri(upload, UriKind.Relative));
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.ServiceUnavailable, "0-999"), (first.StatusCode, failed.StatusCode, status.Headers.GetValues("Range").Single()));
        Digest digest = Digest.Of(content);
        using HttpResponseMessage done = await client.PutAsync($"{upload}?digest={digest}", new ByteArrayContent(content, 1000, 2000));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
    }

    [Fact]
    public async Task A_layer_goes_there_and_back_in_less_memory_than_it_is_long()
    {
        const int Megabytes = 256;
        using ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "serve-bucket", server.Address.ToString(), ""], new CommandOptions
        {
            // What the garbage collector may have at most: 100 MiB.
            Environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["DOTNET_GCHeapHardLimit"] = "0x6400000", ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" },
        });
        Condition.Await("the registry to listen", () => child.HasEnded || child.Stdout.Contains('\n', StringComparison.Ordinal), TimeSpan.FromMinutes(2));
        Assert.False(child.HasEnded, child.Stderr);
        using HttpClient other = new() { BaseAddress = new("http://" + child.Stdout.Trim()), Timeout = TimeSpan.FromMinutes(5) };
        byte[] content = new byte[Megabytes << 20];
        new Random(1).NextBytes(content);
        Digest digest = await other.PushBlobAsync("r", content);
        using HttpResponseMessage back = await other.GetAsync($"/v2/r/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(digest, Digest.FromHash(await System.Security.Cryptography.SHA256.HashDataAsync(await back.Content.ReadAsStreamAsync())));
        string peak = (await File.ReadAllLinesAsync($"/proc/{child.Pid}/status")).Single(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        Assert.InRange(int.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10, 1, Megabytes - 1);
        child.Signal(Signals.SIGKILL);
    }
}
