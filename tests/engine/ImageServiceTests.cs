using Keelson.Content;
using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Engine.Tests;

/// <summary>Images through the whole service: registry, store, snapshots, names.</summary>
public sealed class ImageServiceTests
{
    private readonly TestImage image = TestImage.Make(isGzip: true, 300_000, 40_000);

    [RootFact]
    public async Task A_pulled_image_is_unpacked_named_and_held_by_its_name_alone()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();

        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        GarbageReport report = await engine.Database.Collector.CollectAsync();

        Assert.Empty(report.Removed);
        Assert.Empty(engine.Database.Leases(EngineUnderTest.Space).List());
        Assert.Equal((image.Target.Digest, Digest.Of(image.Config), registry.Reference.ToString()), (pulled.Target.Digest, pulled.Id, Assert.Single(pulled.Names)));
        Assert.Equal(ChainId.Of(pulled.Config.Rootfs!.DiffIds).Select(chain => chain.ToString()).Order(), await engine.KeysAsync());
        Assert.True(pulled.SizeBytes > 340_000, $"{pulled.SizeBytes}");
        await engine.Images.RemoveAsync(EngineUnderTest.Space, registry.Reference.ToString());
        Assert.Empty(await engine.KeysAsync());
        Assert.Empty(engine.Database.Content(EngineUnderTest.Space).List());
    }

    [RootFact]
    public async Task Labels_are_those_that_containerds_clients_set()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();

        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);

        ContentStore content = engine.Database.Content(EngineUnderTest.Space);
        string source = $"containerd.io/distribution.source.{registry.Name}";
        LabelSet manifest = content.Info(pulled.Manifest).Labels, config = content.Info(pulled.Id).Labels, layer = content.Info(image.LayerDigest(1)).Labels;
        Assert.Equal(
            [("containerd.io/gc.ref.content.config", pulled.Id.ToString()), ("containerd.io/gc.ref.content.l.0", image.LayerDigest(0).ToString()), ("containerd.io/gc.ref.content.l.1", image.LayerDigest(1).ToString())],
            manifest.Where(label => label.Key != source).Select(label => (label.Key, label.Value)));
        Assert.Equal("app", manifest[source]);
        Assert.Equal(ChainId.Of(pulled.Config.Rootfs!.DiffIds)[1].ToString(), config["containerd.io/gc.ref.snapshot.overlayfs"]);
        Assert.Equal((pulled.Config.Rootfs.DiffIds[1].ToString(), "app"), (layer["containerd.io/uncompressed"], layer[source]));
        foreach (SnapshotRecord row in engine.Database.View().Snapshots(EngineUnderTest.Space)) Assert.Equal(row.Key, row.Labels["containerd.io/snapshot.ref"]);
    }

    [RootFact]
    public async Task Two_pulls_of_one_image_at_the_same_time_fetch_and_unpack_once()
    {
        await using ImageServer registry = new(image);
        int prepared = 0;
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(step: step => prepared += step == "extract" ? 1 : 0);
        Task<EngineImage>[] pulls = [.. Enumerable.Range(0, 4).Select(_ => engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference))];

        EngineImage[] pulled = await Task.WhenAll(pulls);

        Assert.All(pulled, one => Assert.Equal(image.Target.Digest, one.Target.Digest));
        Assert.Equal((2, 3), (prepared, registry.Of("GET", "/blobs/").Count()));
    }

    [RootFact]
    public async Task A_pull_of_what_is_there_moves_nothing_and_another_namespace_shares_the_content()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        int blobs = registry.Of("GET", "/blobs/").Count();

        await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);

        Assert.Equal(blobs, registry.Of("GET", "/blobs/").Count());
        await engine.Images.PullAsync("other", registry.Reference);
        Assert.Equal(blobs, registry.Of("GET", "/blobs/").Count());
        Assert.Equal(4, engine.CountDirectories());
    }

    [RootFact]
    public async Task A_collection_while_an_image_comes_takes_nothing_of_it()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(step: _ => { });
        using CancellationTokenSource stop = new();
        Task collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await engine.Database.Collector.CollectAsync();
        });

        for (int i = 0; i < 10; i++)
        {
            await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
            if (i < 9) await engine.Images.RemoveAsync(EngineUnderTest.Space, registry.Reference.ToString());
        }
        await stop.CancelAsync();
        await collecting;

        Assert.Equal((2, 4), ((await engine.KeysAsync()).Count, engine.Database.Content(EngineUnderTest.Space).List().Count()));
    }

    [RegistryFact]
    public async Task What_was_pulled_is_pushed_with_the_same_digest_and_its_blobs_are_taken_over()
    {
        using DebianRegistry registry = new();
        OciLayout layout = Clients.NewLayout();
        await image.StoreAsync(layout, "1");
        Skopeo.Copy($"oci:{layout.Root}:1", $"docker://{registry.Name}/first:1");
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        ImageReference from = ImageReference.Parse(registry.Name + "/first:1"), to = ImageReference.Parse(registry.Name + "/second/app:2");
        await engine.Images.PullAsync(EngineUnderTest.Space, from);
        await engine.Images.TagAsync(EngineUnderTest.Space, from.ToString(), to);
        Moved moved = new();

        await engine.Images.PushAsync(EngineUnderTest.Space, to, new() { Progress = moved });

        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"docker://{to}"));
        Assert.Equal(0, moved.Uploads);
        Assert.Equal("first,second/app", engine.Database.Content(EngineUnderTest.Space).Info(image.LayerDigest(0)).Labels[$"containerd.io/distribution.source.{registry.Name}"]);
    }

    [RootFact]
    public async Task Images_are_found_by_name_digest_and_the_beginning_of_their_identity()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        await engine.Images.TagAsync(EngineUnderTest.Space, pulled.Id.ToString(), ImageReference.Parse("box"));

        foreach (string name in (string[])["box", "box:latest", "docker.io/library/box", pulled.Id.ToString(), pulled.Id.Hex, pulled.Id.Hex[..12], pulled.Id.Hex[..4], pulled.Target.Digest.ToString(), "box@" + pulled.Target.Digest])
            Assert.Equal(pulled.Id, (await engine.Images.GetAsync(EngineUnderTest.Space, name)).Id);
        foreach (string name in (string[])["bo", "box:1", pulled.Id.Hex[..3], "box@sha256:" + new string('0', 64)])
            Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => engine.Images.GetAsync(EngineUnderTest.Space, name))).Kind);
        Assert.Equal([registry.Reference.ToString(), "docker.io/library/box:latest"], Assert.Single(await engine.Images.ListAsync(EngineUnderTest.Space)).Names.Order(StringComparer.Ordinal));
    }

    /// <summary>docker 20.10's rules: a digest takes no tag with it, the last tag of a repository takes its digests.</summary>
    [RootFact]
    public async Task A_name_by_digest_goes_alone_or_with_the_last_tag_of_its_repository()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        string tag = registry.Reference.ToString();
        ImageReference digest = new(registry.Reference.Repository, null, pulled.Target.Digest), other = new(registry.Reference.Repository, "other");

        // The digest is what the tag stands for: nothing goes.
        ImageRemoval derived = await engine.Images.RemoveAsync(EngineUnderTest.Space, digest.ToString());
        Assert.Equal((digest.ToString(), 0), (Assert.Single(derived.Untagged), derived.Deleted.Count));
        Assert.Equal([tag], (await engine.Images.GetAsync(EngineUnderTest.Space, tag)).Names);

        // It is a name of its own.
        await engine.Images.PullAsync(EngineUnderTest.Space, digest);
        await engine.Images.TagAsync(EngineUnderTest.Space, tag, other);
        Assert.Equal([digest.ToString()], (await engine.Images.RemoveAsync(EngineUnderTest.Space, digest.ToString())).Untagged);
        Assert.Equal([tag, other.ToString()], (await engine.Images.GetAsync(EngineUnderTest.Space, tag)).Names.Order(StringComparer.Ordinal));

        await engine.Images.PullAsync(EngineUnderTest.Space, digest);
        Assert.Equal([other.ToString()], (await engine.Images.RemoveAsync(EngineUnderTest.Space, other.ToString())).Untagged);
        ImageRemoval last = await engine.Images.RemoveAsync(EngineUnderTest.Space, tag);
        Assert.Equal([tag, digest.ToString()], last.Untagged);
        Assert.Equal(3, last.Deleted.Count);
        Assert.Empty(await engine.Images.ListAsync(EngineUnderTest.Space));
    }

    [RootFact]
    public async Task An_image_goes_with_its_last_name_unless_a_container_uses_it()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        await engine.Images.TagAsync(EngineUnderTest.Space, pulled.Id.ToString(), ImageReference.Parse("box"));
        await engine.Database.Containers(EngineUnderTest.Space).CreateAsync(new("c") { RuntimeName = "r", Image = "docker.io/library/box:latest" });

        ImageRemoval first = await engine.Images.RemoveAsync(EngineUnderTest.Space, registry.Reference.ToString());
        Assert.Equal((registry.Reference.ToString(), 0), (Assert.Single(first.Untagged), first.Deleted.Count));
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => engine.Images.RemoveAsync(EngineUnderTest.Space, "box"))).Kind);
        Assert.Empty((await engine.Images.PruneAsync(EngineUnderTest.Space, named: true)).Untagged);
        ImageRemoval last = await engine.Images.RemoveAsync(EngineUnderTest.Space, pulled.Id.Hex[..12], force: true);

        Assert.Equal(["docker.io/library/box:latest"], last.Untagged);
        Assert.Equal(3, last.Deleted.Count);
        Assert.True(last.FreedBytes > 340_000, $"{last.FreedBytes}");
        Assert.Empty(await engine.Images.ListAsync(EngineUnderTest.Space));
    }

    [RootFact]
    public async Task An_image_that_loses_its_name_to_another_one_is_left_without_until_a_prune()
    {
        TestImage other = TestImage.Make(isGzip: true, 10_000);
        await using ImageServer registry = new(image), second = new(other);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineImage one = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference), two = await engine.Images.PullAsync(EngineUnderTest.Space, second.Reference);

        await engine.Images.TagAsync(EngineUnderTest.Space, two.Id.ToString(), registry.Reference);

        Assert.Equal(two.Id, (await engine.Images.GetAsync(EngineUnderTest.Space, registry.Reference.ToString())).Id);
        Assert.Empty((await engine.Images.GetAsync(EngineUnderTest.Space, one.Id.ToString())).Names);
        ImageRemoval pruned = await engine.Images.PruneAsync(EngineUnderTest.Space, named: false);
        Assert.Contains(one.Id, pruned.Deleted);
        Assert.Equal(two.Id, Assert.Single(await engine.Images.ListAsync(EngineUnderTest.Space)).Id);
    }

    private sealed class Moved : IProgress<ImageProgress>
    {
        public int Uploads { get; private set; }

        public void Report(ImageProgress value) => Uploads += value.Step == ImageStep.Uploading && value.Total > 0 && value.Offset < value.Total ? 1 : 0;
    }
}
