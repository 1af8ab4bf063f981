using System.Net;
using Keelson.Oci;
using Keelson.Registry.Garbage;
using Keelson.Registry.Upstream;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Images that are copied from an upstream by rules.</summary>
public sealed class SyncTests : UpstreamTest
{
    private static readonly byte[] Empty = "{}"u8.ToArray();

    [Fact]
    public async Task Images_are_copied_with_all_that_belongs_to_them_and_served_without_the_upstream()
    {
        (byte[] index, byte[] amd, byte[] arm) = await PublishIndexAsync("all");
        byte[] signature = await AttachAsync(amd, "application/vnd.dev.cosign.artifact.sig.v1+json"), contents = await AttachAsync(index, "application/spdx+json"), onSignature = await AttachAsync(signature, "application/note");
        SyncReport report = await SyncAsync(Rule());
        Assert.Equal((1, 0, 0, 0), (report.Copied, report.Unchanged, report.Kept, report.Failed));
        Proxy.IsDown = true;
        Assert.Equal(index, await GetAsync($"{Repository}/manifests/all"));
        foreach (byte[] manifest in (byte[][])[amd, arm, signature, contents, onSignature])
        {
            Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/{Digest.Of(manifest)}"));
            foreach (Digest blob in Blobs(manifest)) Assert.Equal(blob, Digest.Of(await GetAsync($"{Repository}/blobs/{blob}")));
        }
        Assert.Equal(Digest.Of(signature), Assert.Single(ImageIndex.Parse(await GetAsync($"{Repository}/referrers/{Digest.Of(amd)}")).Manifests).Digest);
        Assert.Contains($"synchronised {Repository}:all", Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_round_fetches_nothing_and_a_third_what_is_new()
    {
        byte[] layer = Pushes.Random(10_000);
        await PublishAsync("1", layer: layer);
        await SyncAsync(Rule());
        int blobs = Proxy.Count("GET", "/blobs/"), manifests = Proxy.Count("GET", "/manifests/");
        SyncReport report = await SyncAsync(Rule());
        Assert.Equal((0, 1, 0), (report.Copied, report.Unchanged, report.Blobs));
        Assert.Equal((blobs, manifests), (Proxy.Count("GET", "/blobs/"), Proxy.Count("GET", "/manifests/")));
        byte[] moved = await PublishAsync("1"), added = await PublishAsync("2", layer: layer);
        report = await SyncAsync(Rule());
        Assert.Equal((2, 0), (report.Copied, report.Unchanged));
        Proxy.IsDown = true;
        Assert.Equal(moved, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(added, await GetAsync($"{Repository}/manifests/2"));
    }

    [Fact]
    public async Task What_clients_have_wanted_is_completed_and_stays()
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        await SyncAsync(Rule());
        Clock.Advance(TimeSpan.FromDays(1000));
        GarbageReport report = await Registry.Server.CollectGarbageAsync(new());
        Assert.Empty(report.Manifests);
        Assert.Empty(report.Blobs);
        Proxy.IsDown = true;
        foreach (Digest blob in Blobs(manifest)) await GetAsync($"{Repository}/blobs/{blob}");
        int asked = Proxy.Total;
        // It follows the rounds, and clients are not kept waiting.
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(asked, Proxy.Total);
    }

    [Fact]
    public async Task A_tag_that_was_pushed_here_stays()
    {
        await PublishAsync();
        byte[] own = await Client.PushImageAsync(Repository, "1");
        SyncReport report = await SyncAsync(Rule());
        Assert.Equal((0, 1), (report.Copied, report.Kept));
        Assert.Equal(own, await GetAsync($"{Repository}/manifests/1"));
        Assert.Contains("was pushed here", Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_are_chosen_by_patterns_and_versions()
    {
        foreach (string tag in (string[])["1.0.0", "1.2.3-rc.1", "2.0.0", "latest", "nightly", "v3.0.0"]) await PublishAsync(tag);
        await RestartAsync(Options with { IsOnDemand = false });
        await SyncAsync(Rule() with { Tags = ["*.*", "latest"], ExcludedTags = ["2*"] });
        Assert.Equal(["1.0.0", "1.2.3-rc.1", "latest", "v3.0.0"], Texts(await GetAsync($"{Repository}/tags/list"), "tags"));
        await SyncAsync(Rule() with { OnlyVersions = true, Prefix = "versions" });
        Assert.Equal(["1.0.0", "1.2.3-rc.1", "2.0.0", "v3.0.0"], Texts(await GetAsync($"versions/{Repository}/tags/list"), "tags"));
    }

    [Theory]
    [InlineData("1.2.3", true), InlineData("v1.2.3", true), InlineData("0.0.0", true), InlineData("1.2.3-alpha.1", true), InlineData("1.2.3--", true)]
    [InlineData("1.2", false), InlineData("1.2.3.4", false), InlineData("01.2.3", false), InlineData("1.2.3-", false), InlineData("1.2.3-01", false), InlineData("1.2.3-a..b", false), InlineData("1.2.x", false), InlineData("", false), InlineData("v", false), InlineData("1.2.3-a_b", false)]
    public void A_version_is_one_of_Semantic_Versioning(string tag, bool isVersion) => Assert.Equal(isVersion, TagFilter.IsVersion(tag));

    [Fact]
    public async Task Repositories_are_chosen_by_wildcards_from_the_upstreams_list()
    {
        foreach (string repository in (string[])["team/a", "team/b", "team/deep/c", "other/d"]) await PublishAsync(repository: repository);
        await RestartAsync(Options with { IsOnDemand = false });
        SyncReport report = await SyncAsync(Rule() with { Repositories = ["team/*", "other/none"], Prefix = "mirror/" });
        Assert.Equal((2, 1), (report.Copied, report.Failed));
        Assert.Equal(["mirror/team/a", "mirror/team/b"], Texts(await GetAsync("_catalog"), "repositories"));
    }

    [Fact]
    public async Task Chosen_platforms_alone_are_copied()
    {
        (byte[] index, byte[] amd, byte[] arm) = await PublishIndexAsync("all");
        await RestartAsync(Options with { IsOnDemand = false });
        await SyncAsync(Rule() with { Platforms = [Platform.Parse("linux/arm64")] });
        Assert.Equal(index, await GetAsync($"{Repository}/manifests/all"));
        Assert.Equal(arm, await GetAsync($"{Repository}/manifests/{Digest.Of(arm)}"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/{Digest.Of(amd)}"));
    }

    [Fact]
    public async Task Signed_images_alone_are_copied_by_whichever_way_they_are_signed()
    {
        await PublishAsync("unsigned");
        byte[] attached = await PublishAsync("attached"), tagged = await PublishAsync("tagged");
        await AttachAsync(attached, "application/vnd.cncf.notary.signature");
        await PublishAsync($"sha256-{Digest.Of(tagged).Hex}.sig");
        await RestartAsync(Options with { IsOnDemand = false });
        await SyncAsync(Rule() with { OnlySigned = true });
        Assert.Equal(["attached", $"sha256-{Digest.Of(tagged).Hex}.sig", "tagged"], Texts(await GetAsync($"{Repository}/tags/list"), "tags"));
    }

    [Fact]
    public async Task A_tag_comes_last_and_a_round_that_was_stopped_is_gone_on_with()
    {
        byte[] layer = Pushes.Random(1_000_000), manifest = await PublishAsync(layer: layer);
        Digest digest = Blobs(manifest)[1];
        await RestartAsync(Options with { IsOnDemand = false });
        Proxy.Hold = new TaskCompletionSource().Task;
        using CancellationTokenSource stop = new();
        Task<SyncReport> round = Registry.Server.SynchroniseAsync(Rule() with { Parallelism = 1 }, stop.Token);
        Condition.Await("half of a blob", () => Proxy.Count("GET", "/blobs/") > 0);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/{Digest.Of(manifest)}"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
        Condition.Await("the fetch stops", () => Proxy.Open == 0);
        Proxy.Hold = null;
        await RestartAsync(new RegistryOptions { Upstreams = [Options with { IsOnDemand = false }] }, Registry.Driver);
        Assert.Equal(1, (await SyncAsync(Rule())).Copied);
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
    }

    [Fact]
    public async Task What_fails_is_counted_logged_and_copied_in_another_round()
    {
        byte[] good = await PublishAsync("good"), bad = await PublishAsync("bad");
        Digest broken = Blobs(bad)[1];
        await RestartAsync(Options with { IsOnDemand = false });
        Proxy.Fault = http =>
        {
            bool isBroken = http.Request.Path.Value!.EndsWith(broken.ToString(), StringComparison.Ordinal);
            if (isBroken) http.Response.StatusCode = 404;
            return Task.FromResult(isBroken);
        };
        SyncReport report = await SyncAsync(Rule());
        Assert.Equal((1, 1), (report.Copied, report.Failed));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/bad"));
        Assert.Equal(good, await GetAsync($"{Repository}/manifests/good"));
        Assert.Contains($"synchronise {Proxy.Name}/{Repository}:bad", Log.Text, StringComparison.Ordinal);
        Proxy.Fault = null;
        Assert.Equal((1, 1, 0), (await SyncAsync(Rule())) is var second ? (second.Copied, second.Unchanged, second.Failed) : default);
        Assert.Equal(bad, await GetAsync($"{Repository}/manifests/bad"));
    }

    [Fact]
    public async Task Rounds_repeat_by_themselves_until_they_are_stopped()
    {
        byte[] first = await PublishAsync();
        await RestartAsync(Options with { IsOnDemand = false });
        using CancellationTokenSource stop = new();
        Task running = new Synchronisation(Registry.Server, [Rule() with { Interval = TimeSpan.FromMilliseconds(20) }, Rule() with { Interval = TimeSpan.Zero, Prefix = "never" }], TimeProvider.System, Log).RunAsync(stop.Token);
        await UntilAsync(first);
        byte[] second = await PublishAsync();
        await UntilAsync(second);
        await stop.CancelAsync();
        await running;
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"never/{Repository}/manifests/1"));
    }

    [Fact]
    public async Task A_registry_that_is_read_only_copies_nothing()
    {
        await RestartAsync(new RegistryOptions { Upstreams = [Options], IsReadOnly = true }, null);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => SyncAsync(Rule()))).Kind);
    }

    private static SyncRule Rule() => new() { Upstream = "test", Repositories = [Repository] };

    private Task<SyncReport> SyncAsync(SyncRule rule) => Registry.Server.SynchroniseAsync(rule);

    private async Task UntilAsync(byte[] manifest)
    {
        using CancellationTokenSource late = new(Condition.Limit);
        while (true)
        {
            using HttpResponseMessage answer = await Client.GetAsync($"/v2/{Repository}/manifests/1", late.Token);
            byte[] found = await answer.Content.ReadAsByteArrayAsync(late.Token);
            if (manifest.AsSpan().SequenceEqual(found)) return;
            await Task.Delay(5, late.Token);
        }
    }

    /// <summary>Publishes an index of two platforms.</summary>
    private async Task<(byte[] Index, byte[] Amd, byte[] Arm)> PublishIndexAsync(string tag)
    {
        byte[] amd = await PublishAsync(null), arm = await PublishAsync(null);
        byte[] index = Document.Index(MediaTypes.OciIndex, new Document(MediaTypes.OciManifest, amd), new Document(MediaTypes.OciManifest, arm)).Bytes;
        using HttpResponseMessage pushed = await Source.PutManifestAsync(Repository, tag, index, MediaTypes.OciIndex);
        Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        return (index, amd, arm);
    }

    /// <summary>Attaches something to a manifest at the upstream.</summary>
    private async Task<byte[]> AttachAsync(byte[] subject, string type)
    {
        byte[] note = Pushes.Random();
        await Source.PushBlobAsync(Repository, Empty);
        await Source.PushBlobAsync(Repository, note);
        byte[] attached = Pushes.Attached(subject, type, note);
        using HttpResponseMessage pushed = await Source.PutManifestAsync(Repository, Digest.Of(attached).ToString(), attached);
        Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        return attached;
    }
}
