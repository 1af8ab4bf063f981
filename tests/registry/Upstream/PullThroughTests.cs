using System.Net;
using System.Net.Http.Headers;
using Keelson.Oci;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Blobs and manifests of an upstream: each is fetched once, whoever wants it and however many.</summary>
public sealed class PullThroughTests : UpstreamTest
{
    [Fact]
    public async Task An_image_is_fetched_once_and_then_served_from_here_also_after_a_restart()
    {
        byte[] manifest = await PublishAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
            Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/{Digest.Of(manifest)}"));
            foreach (Digest blob in Blobs(manifest)) Assert.Equal(blob, Digest.Of(await GetAsync($"{Repository}/blobs/{blob}")));
            if (i == 1) await RestartAsync(new RegistryOptions { Upstreams = [Options] }, Registry.Driver);
        }
        Assert.Equal(1, Proxy.Count("GET", "/manifests/"));
        foreach (Digest blob in Blobs(manifest)) Assert.Equal(1, Proxy.Count("GET", blob.ToString()));
        Assert.Equal(3, Proxy.Total);
    }

    [Fact]
    public async Task Parallel_pulls_of_one_blob_are_one_fetch_and_read_it_while_it_comes()
    {
        byte[] layer = Pushes.Random(3_000_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        TaskCompletionSource hold = new();
        Proxy.Hold = hold.Task;
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Client.GetAsync($"/v2/{Repository}/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead)));
        foreach (HttpResponseMessage answer in answers)
        {
            Assert.Equal(layer.Length, answer.Content.Headers.ContentLength);
            byte[] first = new byte[1_000_000];
            await (await answer.Content.ReadAsStreamAsync()).ReadExactlyAsync(first);
            Assert.Equal(layer[..first.Length], first);
        }
        hold.SetResult();
        foreach (HttpResponseMessage answer in answers)
            using (answer)
            {
                MemoryStream rest = new();
                await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(rest);
                Assert.Equal(layer[1_000_000..], rest.ToArray());
            }
        Assert.Equal(1, Proxy.Count("GET", digest.ToString()));
    }

    [Fact]
    public async Task Parallel_pulls_of_one_tag_are_one_request()
    {
        byte[] manifest = await PublishAsync();
        TaskCompletionSource hold = new();
        Proxy.Fault = async _ =>
        {
            await hold.Task;
            return false;
        };
        Task<byte[]>[] pulls = [.. Enumerable.Range(0, 8).Select(_ => GetAsync($"{Repository}/manifests/1"))];
        Condition.Await("the request", () => Proxy.Total > 0);
        hold.SetResult();
        foreach (byte[] pulled in await Task.WhenAll(pulls)) Assert.Equal(manifest, pulled);
        Assert.Equal(1, Proxy.Total);
    }

    [Fact]
    public async Task HEAD_of_a_blob_asks_and_does_not_fetch()
    {
        byte[] layer = Pushes.Random(5_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        using HttpResponseMessage answer = await Client.SendAsync(new(HttpMethod.Head, $"/v2/{Repository}/blobs/{digest}"));
        Assert.Equal((HttpStatusCode.OK, layer.Length), (answer.StatusCode, answer.Content.Headers.ContentLength));
        Assert.Equal(HttpStatusCode.NotFound, await Client.HeadAsync($"/v2/{Repository}/blobs/{Digest.Of("none"u8)}"));
        Assert.Equal((2, 0), (Proxy.Count("HEAD", "/blobs/"), Proxy.Count("GET", "/blobs/")));
    }

    [Fact]
    public async Task A_client_that_goes_away_does_not_stop_the_fetch_of_another()
    {
        byte[] layer = Pushes.Random(1_000_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        TaskCompletionSource hold = new();
        Proxy.Hold = hold.Task;
        HttpResponseMessage leaving = await Client.GetAsync($"/v2/{Repository}/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead);
        using HttpResponseMessage staying = await Client.GetAsync($"/v2/{Repository}/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead);
        leaving.Dispose();
        hold.SetResult();
        Assert.Equal(layer, await staying.Content.ReadAsByteArrayAsync());
        Assert.Equal(1, Proxy.Count("GET", digest.ToString()));
    }

    [Fact]
    public async Task When_all_clients_have_gone_the_fetch_stops_and_the_next_goes_on_where_it_was()
    {
        byte[] layer = Pushes.Random(1_000_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        Proxy.Hold = new TaskCompletionSource().Task;
        // One that goes at once: others read a little on to keep the connection.
        using (HttpClient hasty = new(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = Client.BaseAddress })
        using (HttpResponseMessage leaving = await hasty.GetAsync($"/v2/{Repository}/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead))
            await (await leaving.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[layer.Length / 2 - 1]);
        Condition.Await("the fetch stops", () => Proxy.Open == 0);
        Proxy.Hold = null;
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        // What had come is a half, or a byte less.
        Assert.Equal(2, Proxy.Total);
        Assert.Matches("^bytes=(499999|500000)-$", Proxy.Requests.Last().Range);
    }

    [Fact]
    public async Task A_fetch_that_breaks_off_goes_on_by_itself()
    {
        byte[] layer = Pushes.Random(1_000_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        Proxy.Breaks = 1;
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        // As much of it as came before the connection was cut off is not fetched again.
        Assert.Equal(2, Proxy.Total);
        Assert.Matches("^bytes=[1-9][0-9]*-999999$", Proxy.Requests.Last().Range);
    }

    [Fact]
    public async Task What_a_process_that_was_killed_has_left_of_a_blob_is_not_fetched_again()
    {
        byte[] layer = Pushes.Random(100_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        MemoryDriver driver = new(Clock);
        await using (IStorageWriter partial = await driver.AppendAsync(StorePaths.UploadData(Repository, $"fetch-sha256-{digest.Hex}")))
            await partial.WriteAsync(layer.AsMemory(0, 40_000));
        await RestartAsync(new RegistryOptions { Upstreams = [Options] }, driver);
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        Assert.Equal("bytes=40000-", Assert.Single(Proxy.Requests).Range);
    }

    [Fact]
    public async Task What_is_left_and_is_longer_than_the_blob_is_thrown_away()
    {
        byte[] layer = Pushes.Random(1_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        MemoryDriver driver = new(Clock);
        await using (IStorageWriter partial = await driver.AppendAsync(StorePaths.UploadData(Repository, $"fetch-sha256-{digest.Hex}")))
            await partial.WriteAsync(Pushes.Random(2_000));
        await RestartAsync(new RegistryOptions { Upstreams = [Options] }, driver);
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task A_blob_of_few_bytes_is_served(int length)
    {
        byte[] layer = Pushes.Random(length);
        Digest digest = await Source.PushBlobAsync(Repository, layer);
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        Assert.Equal(1, Proxy.Total);
    }

    [Fact]
    public async Task A_range_of_a_blob_that_is_not_here_is_served_and_the_blob_kept()
    {
        byte[] layer = Pushes.Random(100_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        foreach ((long? from, long? to) in ((long?, long?)[])[(10, 19), (null, 5), (99_000, null)])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"/v2/{Repository}/blobs/{digest}") { Headers = { Range = new RangeHeaderValue(from, to) } };
            using HttpResponseMessage answer = await Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            Assert.Equal(from is null ? layer[^5..] : layer[(int)from..(int)((to ?? 99_999) + 1)], await answer.Content.ReadAsByteArrayAsync());
            // A client that has its range ends the fetch when nobody else wants the blob, and the next goes on.
        }
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        Assert.All(Proxy.Requests.Skip(1), request => Assert.NotEqual("", request.Range));
    }

    [Fact]
    public async Task An_index_is_served_before_its_parts_and_each_comes_when_it_is_wanted()
    {
        byte[] amd = await PublishAsync(null), arm = await PublishAsync(null), index = Pushes.Index(amd, arm);
        using (HttpResponseMessage pushed = await Source.PutManifestAsync(Repository, "all", index, MediaTypes.OciIndex)) Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        Assert.Equal(index, await GetAsync($"{Repository}/manifests/all"));
        Assert.Equal(1, Proxy.Total);
        Assert.Equal(amd, await GetAsync($"{Repository}/manifests/{Digest.Of(amd)}"));
        Assert.Equal(2, Proxy.Total);
        Proxy.IsDown = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/manifests/{Digest.Of(arm)}"));
        Assert.Equal(index, await GetAsync($"{Repository}/manifests/all"));
    }

    [Fact]
    public async Task Content_that_another_repository_has_is_not_fetched_again()
    {
        byte[] layer = Pushes.Random(10_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        await PublishAsync(repository: "team/other", layer: layer);
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        Assert.Equal(layer, await GetAsync($"team/other/blobs/{digest}"));
        Assert.Equal(layer, await GetAsync($"team/other/blobs/{digest}"));
        Assert.Equal((1, 1), (Proxy.Count("GET", "/blobs/"), Proxy.Count("HEAD", "team/other/blobs/")));
    }

    [Fact]
    public async Task What_the_upstream_does_not_have_is_not_found()
    {
        await PublishAsync();
        foreach (string path in (string[])[$"{Repository}/manifests/none", "none/manifests/1", $"{Repository}/manifests/{Digest.Of("none"u8)}", $"{Repository}/blobs/{Digest.Of("none"u8)}"])
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(path));
    }

    [Fact]
    public async Task Without_the_upstream_what_was_fetched_is_served()
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        foreach (Digest blob in Blobs(manifest)) await GetAsync($"{Repository}/blobs/{blob}");
        Proxy.IsDown = true;
        Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        foreach (Digest blob in Blobs(manifest)) await GetAsync($"{Repository}/blobs/{blob}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/blobs/{Digest.Of("none"u8)}"));
    }

    [Fact]
    public async Task A_hit_costs_the_store_what_content_costs_that_was_pushed()
    {
        byte[] fetched = await PublishAsync();
        CountingDriver driver = new(new MemoryDriver(Clock));
        await RestartAsync(new RegistryOptions { Upstreams = [Options with { Prefix = "team", RemotePrefix = "team" }] }, driver);
        byte[] own = await Client.PushImageAsync("own/app", "1");
        int[] costs = new int[2];
        for (int round = 0; round < 2; round++)
            foreach ((int i, string repository, byte[] manifest) in ((int, string, byte[])[])[(0, "own/app", own), (1, Repository, fetched)])
            {
                int before = driver.Calls;
                await GetAsync($"{repository}/manifests/1");
                await GetAsync($"{repository}/manifests/{Digest.Of(manifest)}");
                foreach (Digest blob in Blobs(manifest)) await GetAsync($"{repository}/blobs/{blob}");
                costs[i] = driver.Calls - before;
            }
        Assert.Equal(costs[0], costs[1]);
    }

    [Fact]
    public async Task A_registry_that_is_read_only_asks_nobody()
    {
        await PublishAsync();
        await RestartAsync(new RegistryOptions { Upstreams = [Options], IsReadOnly = true }, null);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1"));
        Assert.Equal(0, Proxy.Total);
    }
}
