using System.Globalization;
using System.Net;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Garbage;
using Keelson.Registry.Postgres;
using Keelson.Registry.S3;
using Keelson.Registry.Tests.S3;
using Keelson.Registry.Tests.Signatures;
using Keelson.Registry.Tests.Upstream;
using TestClock = Keelson.Registry.Tests.Auth.TestClock;

namespace Keelson.Registry.Tests.Coordination;

/// <summary>Two registries with nothing in common but a bucket and a database: what one has acknowledged the other knows with the next request.</summary>
public sealed class SeveralRegistriesTests(PostgresServer database) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> opened = [];
    private readonly List<HttpClient> clients = [];
    private readonly string store = Guid.NewGuid().ToString("N");
    private S3Server bucket = null!;
    private HttpClient a = null!, b = null!;

    public async ValueTask InitializeAsync()
    {
        bucket = await S3Server.StartAsync();
        opened.Add(bucket);
        RegistryOptions options = new() { AllowsDelete = true, AllowsRedirect = false };
        (a, b) = (await AnotherAsync(options), await AnotherAsync(options));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in clients) client.Dispose();
        for (int i = opened.Count - 1; i >= 0; i--) await opened[i].DisposeAsync();
    }

    [Fact]
    public async Task A_push_is_seen_by_the_next_request_wherever()
    {
        for (int i = 0; i < 10; i++)
        {
            (HttpClient pusher, HttpClient reader) = i % 2 == 0 ? (a, b) : (b, a);
            string name = Text($"t{i}"), repository = Text($"r{i / 5}");
            byte[] manifest = await pusher.PushImageAsync(repository, name);
            Assert.Equal(manifest, await reader.GetByteArrayAsync($"/v2/{repository}/manifests/{name}"));
            Assert.Contains(name, await ListAsync(reader, $"/v2/{repository}/tags/list", "tags"));
            Assert.Contains(repository, await ListAsync(reader, "/v2/_catalog", "repositories"));
            // A tag that moves.
            byte[] moved = await reader.PushImageAsync(repository, "latest");
            Assert.Equal(moved, await pusher.GetByteArrayAsync($"/v2/{repository}/manifests/latest"));
        }
    }

    [Fact]
    public async Task What_is_deleted_is_gone_wherever()
    {
        byte[] manifest = await a.PushImageAsync("r", "1");
        Assert.Equal(["1"], await ListAsync(b, "/v2/r/tags/list", "tags"));
        Assert.Equal(HttpStatusCode.OK, await b.HeadAsync("/v2/r/manifests/1"));
        using HttpResponseMessage gone = await a.DeleteAsync($"/v2/r/manifests/{Digest.Of(manifest)}");
        Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (await b.HeadAsync("/v2/r/manifests/1"), await b.HeadAsync($"/v2/r/manifests/{Digest.Of(manifest)}")));
    }

    [Fact]
    public async Task Referrers_are_seen_wherever()
    {
        byte[] image = await a.PushImageAsync("r", "1"), layer = Pushes.Random();
        string list = $"/v2/r/referrers/{Digest.Of(image)}";
        Assert.Empty(await ManifestsAsync(b, list));
        await b.PushBlobAsync("r", layer);
        await b.PushBlobAsync("r", "{}"u8.ToArray());
        byte[] attached = Pushes.Attached(image, "text/odd", layer);
        using HttpResponseMessage put = await a.PutManifestAsync("r", Digest.Of(attached).ToString(), attached);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal([Digest.Of(attached).ToString()], await ManifestsAsync(b, list));
    }

    [Fact]
    public async Task A_push_goes_on_at_another_registry()
    {
        byte[] content = Pushes.Random((11 << 20) + 5);
        using HttpResponseMessage begun = await a.PostAsync("/v2/r/blobs/uploads/", null);
        string upload = begun.Headers.Location!.PathAndQuery;
        int at = 0;
        foreach ((HttpClient client, int length) in ((HttpClient, int)[])[(a, 1000), (b, 6 << 20), (a, 1000), (b, 4 << 20)])
        {
            using HttpResponseMessage answer = await PatchAsync(client, upload, content.AsMemory(at, length), at);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            at += length;
        }
        // Both have a session of it; that of the other one is behind.
        using HttpResponseMessage late = await PatchAsync(a, upload, content.AsMemory(at - 10, 10), at - 10);
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, Text($"0-{at - 1}")), (late.StatusCode, late.Headers.GetValues("Range").Single()));
        Digest digest = Digest.Of(content);
        using HttpResponseMessage done = await a.PutAsync($"{upload}?digest={digest}", new ByteArrayContent(content, at, content.Length - at));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.Equal(content, await b.GetByteArrayAsync($"/v2/r/blobs/{digest}"));
        using HttpResponseMessage over = await b.GetAsync(new Uri(upload, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, over.StatusCode);
    }

    [Fact]
    public async Task Garbage_goes_once_while_both_collect_and_are_pushed_to()
    {
        byte[] shared = Pushes.Random(5000);
        using CancellationTokenSource stop = new();
        Task[] pushes = [.. ((HttpClient[])[a, b]).Select((client, i) => Task.Run(async () =>
        {
            for (int n = 0; n < 15; n++)
            {
                string repository = Text($"r{i}");
                byte[] manifest = await client.PushImageAsync(repository, "latest", shared);
                Assert.Equal(manifest, await client.GetByteArrayAsync($"/v2/{repository}/manifests/latest"));
                Assert.Equal(shared, await client.GetByteArrayAsync($"/v2/{repository}/blobs/{Digest.Of(shared)}"));
                using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{repository}/manifests/{Digest.Of(manifest)}");
                Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
            }
        }))];
        Task<int> collections = Task.Run(async () =>
        {
            int count = 0;
            for (; !stop.IsCancellationRequested; count++)
                await Task.WhenAll(opened.OfType<KeelsonRegistry>().Select(registry => registry.Server.CollectGarbageAsync(new GarbageOptions { RemovesUntagged = true })));
            return count;
        });
        await Task.WhenAll(pushes);
        await stop.CancelAsync();
        Assert.NotEqual(0, await collections);
    }

    [Fact]
    public async Task Sessions_that_end_while_nothing_is_held_are_made_anew()
    {
        await a.PushImageAsync("r", "1");
        database.EndConnections();
        byte[] manifest = await a.PushImageAsync("r", "2");
        Assert.Equal(manifest, await b.GetByteArrayAsync("/v2/r/manifests/2"));
        Assert.Equal(["1", "2"], (await ListAsync(b, "/v2/r/tags/list", "tags")).Order());
    }

    [Fact]
    public async Task Who_has_signed_is_known_wherever()
    {
        Programs.Need("openssl");
        using OpenSslKeys keys = new();
        RegistryOptions options = new() { AllowsDelete = true, AllowsRedirect = false, Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = [keys.Make("release")] }] };
        (a, b) = (await AnotherAsync(options), await AnotherAsync(options));
        byte[] image = await a.PushImageAsync("r", "1"), payload = SignaturesOfTests.Payload(image);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await a.HeadAsync("/v2/r/manifests/1"), await b.HeadAsync("/v2/r/manifests/1")));
        await SignaturesOfTests.PushAsync(a, "r", SignaturesOfTests.Tag(image), SignaturesOfTests.Manifest([(payload, keys.Sign("release", payload))]), payload);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await b.HeadAsync("/v2/r/manifests/1"), await a.HeadAsync("/v2/r/manifests/1")));
        using HttpResponseMessage gone = await a.DeleteAsync($"/v2/r/manifests/{SignaturesOfTests.Tag(image)}");
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await b.HeadAsync("/v2/r/manifests/1"), await a.HeadAsync("/v2/r/manifests/1")));
    }

    [Fact]
    public async Task Quotas_count_what_others_pushed_after_a_minute()
    {
        TestClock clock = new();
        RegistryOptions options = new() { Store = new() { Time = clock }, Quotas = [new() { Repositories = [RepositoryPattern.Parse("**")], Bytes = 10_000 }] };
        (a, b) = (await AnotherAsync(options), await AnotherAsync(options));
        await b.PushBlobAsync("r", Pushes.Random(100));
        await a.PushBlobAsync("r", Pushes.Random(9000));
        clock.Advance(TimeSpan.FromMinutes(1));
        byte[] more = Pushes.Random(5000);
        using HttpResponseMessage refused = await b.PostAsync($"/v2/r/blobs/uploads/?digest={Digest.Of(more)}", new ByteArrayContent(more));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Each_fetches_from_an_upstream_what_it_is_asked_for_at_the_same_time()
    {
        await using KeelsonRegistry upstream = await KeelsonRegistry.StartAsync();
        using HttpClient source = upstream.Client();
        byte[] layer = Pushes.Random((13 << 20) + 1), image = await source.PushImageAsync("r", "1", layer);
        await using CountingProxy proxy = await CountingProxy.StartAsync(upstream.Name);
        RegistryOptions options = new() { AllowsRedirect = false, Upstreams = [UpstreamTest.Impatient(proxy.Address)] };
        (a, b) = (await AnotherAsync(options), await AnotherAsync(options));
        TaskCompletionSource hold = new();
        proxy.Hold = hold.Task;
        Task<byte[]>[] pulls = [.. Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? a : b).GetByteArrayAsync($"/v2/r/blobs/{Digest.Of(layer)}"))];
        Condition.Await("both to fetch", () => proxy.Count("GET", "/blobs/") >= 2);
        hold.SetResult();
        foreach (byte[] pulled in await Task.WhenAll(pulls)) Assert.Equal(layer, pulled);
        Assert.Equal(2, proxy.Count("GET", "/blobs/"));
        foreach (HttpClient client in (HttpClient[])[a, b]) Assert.Equal(image, await client.GetByteArrayAsync("/v2/r/manifests/1"));
        Assert.DoesNotContain(bucket.Objects.Keys, key => key.Contains("/_uploads/", StringComparison.Ordinal));
    }

    private async Task<HttpClient> AnotherAsync(RegistryOptions options)
    {
        PostgresCoordinator coordinator = await PostgresCoordinator.OpenAsync(new() { Connection = database.Connection, Store = store });
        opened.Add(coordinator);
        KeelsonRegistry started = await KeelsonRegistry.StartAsync(new S3Driver(bucket.Options), options, coordinator: coordinator);
        opened.Add(started);
        HttpClient client = started.Client();
        clients.Add(client);
        return client;
    }

    private static Task<HttpResponseMessage> PatchAsync(HttpClient client, string upload, ReadOnlyMemory<byte> chunk, int offset)
    {
        ReadOnlyMemoryContent body = new(chunk);
        body.Headers.TryAddWithoutValidation("Content-Range", Text($"{offset}-{offset + chunk.Length - 1}"));
        return client.PatchAsync(upload, body);
    }

    private static async Task<string[]> ListAsync(HttpClient client, string path, string member)
    {
        using JsonDocument document = JsonDocument.Parse(await client.GetByteArrayAsync(path));
        return [.. document.RootElement.GetProperty(member).EnumerateArray().Select(entry => entry.GetString()!)];
    }

    private static async Task<string[]> ManifestsAsync(HttpClient client, string path)
    {
        using JsonDocument document = JsonDocument.Parse(await client.GetByteArrayAsync(path));
        return [.. document.RootElement.GetProperty("manifests").EnumerateArray().Select(entry => entry.GetProperty("digest").GetString()!)];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
