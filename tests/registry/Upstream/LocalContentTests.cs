using System.Net;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Garbage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Pushes and deletes in repositories of an upstream, and how long what was fetched stays.</summary>
public sealed class LocalContentTests : UpstreamTest
{
    private static readonly TimeSpan Week = TimeSpan.FromHours(169);

    [Fact]
    public async Task What_an_upstream_has_counts_as_what_is_pushed()
    {
        byte[] small = await PublishAsync("small", layer: Pushes.Random(1000)), large = await PublishAsync("large", layer: Pushes.Random(20_000));
        await RestartAsync(new RegistryOptions { Upstreams = [Options], Quotas = [new() { Repositories = [RepositoryPattern.Parse("team/*")], Bytes = 10_000, Tags = 2 }] }, null);
        Assert.Equal(small, await GetAsync($"{Repository}/manifests/small"));
        Assert.Equal(1000, (await GetAsync($"{Repository}/blobs/{Blobs(small)[1]}")).Length);
        Assert.Equal(large, await GetAsync($"{Repository}/manifests/large"));
        using HttpResponseMessage refused = await Client.GetAsync($"/v2/{Repository}/blobs/{Blobs(large)[1]}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains($"quota exceeded: {Blobs(large)[1]} of 20000 bytes does not fit into {Repository}", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await PublishAsync("third");
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"{Repository}/manifests/third"));
    }

    [Fact]
    public async Task A_tag_that_was_pushed_here_wins_and_the_upstream_is_not_asked()
    {
        await PublishAsync();
        byte[] own = await Client.PushImageAsync(Repository, "1");
        int asked = Proxy.Total;
        Clock.Advance(Week);
        Assert.Equal(own, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(asked, Proxy.Total);
    }

    [Fact]
    public async Task A_push_over_a_tag_that_was_fetched_makes_it_our_own()
    {
        byte[] there = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        byte[] own = await Client.PushImageAsync(Repository, "1");
        await PublishAsync();
        Clock.Advance(Week);
        Assert.Equal(own, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(there, await GetAsync($"{Repository}/manifests/{Digest.Of(there)}"));
    }

    [Fact]
    public async Task An_image_on_top_of_one_of_the_upstream_is_pushed_without_its_layers()
    {
        byte[] layer = Pushes.Random(10_000), config = Pushes.Random();
        await PublishAsync(layer: layer);
        Digest digest = Digest.Of(layer);
        // The client asks, and does not send what is there.
        Assert.Equal(HttpStatusCode.OK, await Client.HeadAsync($"/v2/{Repository}/blobs/{digest}"));
        await Client.PushBlobAsync(Repository, config);
        byte[] own = Pushes.Manifest(config, layer);
        using (HttpResponseMessage pushed = await Client.PutManifestAsync(Repository, "own", own)) Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        Proxy.IsDown = true;
        Assert.Equal(own, await GetAsync($"{Repository}/manifests/own"));
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
    }

    [Fact]
    public async Task A_manifest_whose_blobs_nobody_has_is_refused()
    {
        using HttpResponseMessage pushed = await Client.PutManifestAsync(Repository, "own", Pushes.Manifest(Pushes.Random(), Pushes.Random()));
        Assert.Equal(HttpStatusCode.BadRequest, pushed.StatusCode);
        Assert.Contains("MANIFEST_BLOB_UNKNOWN", await pushed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_uses_goes_after_its_lifetime_with_its_blobs_and_comes_again()
    {
        byte[] manifest = await PublishAsync();
        await PullAsync(manifest, "1");
        Clock.Advance(Week);
        GarbageReport report = await Registry.Server.CollectGarbageAsync(new());
        Assert.Equal([(Repository, Digest.Of(manifest))], report.Manifests);
        Assert.Equal(3, report.Blobs.Count);
        Proxy.IsDown = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/manifests/1"));
        Proxy.IsDown = false;
        await PullAsync(manifest, "1");
    }

    [Fact]
    public async Task What_is_used_stays_with_the_blobs_that_it_names()
    {
        byte[] manifest = await PublishAsync();
        await PullAsync(manifest, "1");
        for (int day = 0; day < 30; day++)
        {
            Clock.Advance(TimeSpan.FromDays(1));
            await GetAsync($"{Repository}/manifests/{Digest.Of(manifest)}");
            Assert.Empty((await Registry.Server.CollectGarbageAsync(new())).Blobs);
        }
        Proxy.IsDown = true;
        await PullAsync(manifest, "1");
    }

    [Fact]
    public async Task What_was_pushed_never_goes_nor_what_it_needs_of_the_upstream()
    {
        byte[] child = await PublishAsync();
        await PullAsync(child, "1");
        byte[] own = await Client.PushImageAsync(Repository, "own"), index = Pushes.Index(child, own);
        using (HttpResponseMessage pushed = await Client.PutManifestAsync(Repository, "all", index, MediaTypes.OciIndex)) Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        Clock.Advance(Week * 10);
        Assert.Empty((await Registry.Server.CollectGarbageAsync(new())).Manifests);
        Proxy.IsDown = true;
        await PullAsync(child, Digest.Of(child).ToString());
        Assert.Equal(index, await GetAsync($"{Repository}/manifests/all"));
    }

    [Fact]
    public async Task A_manifest_that_was_fetched_and_then_pushed_never_goes()
    {
        byte[] manifest = await PublishAsync();
        await PullAsync(manifest, "1");
        using (HttpResponseMessage pushed = await Client.PutManifestAsync(Repository, "1", manifest)) Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        Clock.Advance(Week);
        Assert.Empty((await Registry.Server.CollectGarbageAsync(new())).Manifests);
        Proxy.IsDown = true;
        await PullAsync(manifest, "1");
    }

    [Fact]
    public async Task A_collection_finds_no_fault_in_a_manifest_whose_blobs_were_not_wanted_yet()
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        Clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty((await Registry.Server.CollectGarbageAsync(new())).Manifests);
        await PullAsync(manifest, "1");
    }

    [Fact]
    public async Task What_an_interrupted_fetch_has_left_keeps_no_collection_from_its_work()
    {
        await Registry.Driver.WriteAsync(StorePaths.RevisionOrigin(Repository, Digest.Of("x"u8)), "cached"u8.ToArray());
        Digest unwanted = await Client.PushBlobAsync(Repository, Pushes.Random());
        await Client.PushImageAsync(Repository, "own");
        Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal([unwanted], (await Registry.Server.CollectGarbageAsync(new())).Blobs);
    }

    [Fact]
    public async Task A_lifetime_of_zero_is_for_ever()
    {
        byte[] manifest = await PublishAsync();
        await RestartAsync(Options with { Lifetime = TimeSpan.Zero });
        await PullAsync(manifest, "1");
        Clock.Advance(Week * 100);
        Assert.Empty((await Registry.Server.CollectGarbageAsync(new())).Manifests);
    }

    /// <summary>Pulls an image with all its blobs.</summary>
    private async Task PullAsync(byte[] manifest, string reference)
    {
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/{reference}"));
        foreach (Digest blob in Blobs(manifest)) Assert.Equal(blob, Digest.Of(await GetAsync($"{Repository}/blobs/{blob}")));
    }
}
