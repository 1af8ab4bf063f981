using Keelson.Oci;

namespace Keelson.Content.Tests;

public sealed class GarbageTests : StoreTest
{
    private int last;

    [Fact]
    public async Task Content_that_nothing_needs_is_removed()
    {
        Digest digest = await NewAsync();
        GarbageReport report = await Database.Collector.CollectAsync();
        Assert.Equal([new GarbageNode("default", "content", digest.ToString())], report.Removed);
        Assert.Equal((1, 4), (report.RemovedBlobs, report.RemovedBytes));
        Assert.Empty(BlobFiles);
    }

    [Fact]
    public async Task An_image_holds_its_target_and_what_that_refers_to()
    {
        Digest layer = await NewAsync(), config = await NewAsync(), other = await NewAsync();
        Digest manifest = await NewAsync(("containerd.io/gc.ref.content.config", config.ToString()), ("containerd.io/gc.ref.content.l.0", layer.ToString()),
            ("containerd.io/gc.ref.contentx", other.ToString()));
        await ImageAsync("image", manifest);
        await Database.Collector.CollectAsync();
        Seen(layer, config, manifest);
        await Database.Images("default").DeleteAsync("image");
        await Database.Collector.CollectAsync();
        Seen();
    }

    [Theory]
    [InlineData("containerd.io/gc.ref.content")]
    [InlineData("containerd.io/gc.ref.content.1")]
    [InlineData("containerd.io/gc.ref.content/1")]
    public async Task A_reference_may_have_anything_behind_its_kind(string label)
    {
        Digest child = await NewAsync(), root = await NewAsync((ControlLabels.GcRoot, ""), (label, child.ToString()));
        await Database.Collector.CollectAsync();
        Seen(child, root);
    }

    [Fact]
    public async Task Rings_are_kept_while_a_root_leads_to_them()
    {
        byte[] a = [9, 9, 9, 1], b = [9, 9, 9, 2];
        await PutAsync(a, LabelSet.Of(("containerd.io/gc.ref.content", Digest.Of(b).ToString())));
        await PutAsync(b, LabelSet.Of(("containerd.io/gc.ref.content", Digest.Of(a).ToString())));
        await ImageAsync("image", Digest.Of(a));
        await Database.Collector.CollectAsync();
        Assert.Equal(2, BlobFiles.Length);
        await Database.Images("default").DeleteAsync("image");
        await Database.Collector.CollectAsync();
        Assert.Empty(BlobFiles);
    }

    [Fact]
    public async Task A_reference_of_another_namespace_holds_nothing()
    {
        Digest here = await NewAsync();
        await PutAsync([7], LabelSet.Of((ControlLabels.GcRoot, ""), ("containerd.io/gc.ref.content", here.ToString())), "other");
        await Database.Collector.CollectAsync();
        Fails(ErrorKind.NotFound, () => Database.Content("default").Info(here));
    }

    [Fact]
    public async Task A_lease_holds_what_was_written_under_it_until_it_is_deleted()
    {
        await Database.Leases("default").CreateAsync("lease");
        Digest digest = await PutAsync([1], lease: "lease");
        Assert.Equal([new LeaseResource(digest.ToString(), "content")], Database.Leases("default").ListResources("lease"));
        await Database.Collector.CollectAsync();
        Seen(digest);
        await Database.Leases("default").DeleteAsync("lease", isSynchronous: true);
        Seen();
        Assert.Empty(BlobFiles);
    }

    [Fact]
    public async Task A_lease_holds_content_that_was_there_already()
    {
        Digest digest = await NewAsync();
        await Database.Leases("default").CreateAsync("lease");
        await FailsAsync(ErrorKind.AlreadyExists, () => Database.Content("default", "lease").OpenWriterAsync("r", 0, digest));
        await Database.Collector.CollectAsync();
        Seen(digest);
    }

    [Fact]
    public async Task An_expired_lease_is_removed_with_what_it_held()
    {
        await Database.Leases("default").CreateAsync("lease", LabelSet.Of((ControlLabels.GcExpire, "2026-01-01T01:00:00.123456789Z")));
        Digest digest = await PutAsync([1], lease: "lease");
        await Database.Collector.CollectAsync();
        Seen(digest);
        Clock.Advance(TimeSpan.FromHours(1.01));
        await Database.Collector.CollectAsync();
        Seen();
        Assert.Empty(Database.Leases("default").List());
    }

    [Fact]
    public async Task A_flat_lease_holds_the_thing_and_not_what_it_refers_to()
    {
        Digest child = await NewAsync(), parent = await NewAsync(("containerd.io/gc.ref.content", child.ToString()));
        await Database.Leases("default").CreateAsync("flat", LabelSet.Of((ControlLabels.GcFlat, "")));
        await Database.Leases("default").AddResourceAsync("flat", new(parent.ToString(), "content"));
        await Database.Collector.CollectAsync();
        Seen(parent);
    }

    [Fact]
    public async Task What_is_held_flat_and_fully_counts_as_fully_held()
    {
        Digest child = await NewAsync(), parent = await NewAsync(("containerd.io/gc.ref.content", child.ToString()));
        await Database.Leases("default").CreateAsync("a-flat", LabelSet.Of((ControlLabels.GcFlat, "")));
        await Database.Leases("default").AddResourceAsync("a-flat", new(parent.ToString(), "content"));
        await ImageAsync("image", parent);
        await Database.Collector.CollectAsync();
        Seen(child, parent);
    }

    [Fact]
    public async Task A_back_reference_is_held_by_what_it_names()
    {
        Digest subject = await NewAsync(), signature = await NewAsync(("containerd.io/gc.bref.content.subject", subject.ToString()));
        Digest byImage = await NewAsync(("containerd.io/gc.bref.image", "image")), orphan = await NewAsync(("containerd.io/gc.bref.image", "nobody"));
        await ImageAsync("image", subject);
        await Database.Collector.CollectAsync();
        Seen(subject, signature, byImage);
        Fails(ErrorKind.NotFound, () => Database.Content("default").Info(orphan));
    }

    [Fact]
    public async Task An_expired_image_is_removed()
    {
        Digest digest = await NewAsync();
        await Database.Images("default").CreateAsync(new("image", new("t", digest, 4)) { Labels = LabelSet.Of((ControlLabels.GcExpire, "2026-01-01T00:30:00Z")) });
        await Database.Collector.CollectAsync();
        Seen(digest);
        Clock.Advance(TimeSpan.FromHours(1));
        await Database.Collector.CollectAsync();
        Assert.Empty(Database.Images("default").List());
        Seen();
    }

    [Fact]
    public async Task A_container_holds_its_snapshot_with_its_parents()
    {
        SnapshotIndex snapshots = Database.Snapshots("default", "overlayfs");
        foreach ((string key, string parent) in ((string, string)[])[("base", ""), ("layer", "base"), ("other", "base"), ("lone", "")])
            await snapshots.CreateAsync(key, parent, SnapshotKind.Committed);
        await Database.Containers("default").CreateAsync(new("box") { Snapshotter = "overlayfs", SnapshotKey = "layer" });
        await Database.Collector.CollectAsync();
        Assert.Equal(["base", "layer"], snapshots.List().Select(row => row.Key));
    }

    [Fact]
    public async Task Content_holds_snapshots_by_label()
    {
        SnapshotIndex snapshots = Database.Snapshots("default", "overlayfs");
        await snapshots.CreateAsync("a", "", SnapshotKind.Committed);
        await snapshots.CreateAsync("b", "", SnapshotKind.Committed);
        await Database.Snapshots("default", "native").CreateAsync("a", "", SnapshotKind.Committed);
        await NewAsync((ControlLabels.GcRoot, ""), ("containerd.io/gc.ref.snapshot.overlayfs/1", "a"));
        await Database.Collector.CollectAsync();
        Assert.Equal(["overlayfs a"], Database.View().Snapshots("default").Select(row => $"{row.Snapshotter} {row.Key}"));
    }

    [Fact]
    public async Task A_snapshotter_is_told_of_removed_snapshots_the_upper_ones_first()
    {
        Snapshotter snapshotter = new("snapshots/overlayfs");
        Database.Collector.Register(snapshotter);
        SnapshotIndex snapshots = Database.Snapshots("default", "overlayfs");
        SnapshotRecord bottom = await snapshots.CreateAsync("a", "", SnapshotKind.Committed), middle = await snapshots.CreateAsync("b", "a", SnapshotKind.Committed),
            top = await snapshots.CreateAsync("0", "b", SnapshotKind.Active);
        snapshotter.Fails = true;
        GarbageReport report = await Database.Collector.CollectAsync();
        Assert.Equal([top.InternalName, middle.InternalName, bottom.InternalName], snapshotter.Removed);
        Assert.Equal(3, report.Failures.Count);
    }

    [Fact]
    public async Task Things_of_other_parts_are_kept_by_leases_and_keep_what_they_need()
    {
        Digest held = await NewAsync(), lost = await NewAsync();
        Snapshotter mounts = new("mounts")
        {
            Entries =
            [
                new(new("default", "mounts", "m1"), false, [new("default", "content", held.ToString())]),
                new(new("default", "mounts", "m2"), false, [new("default", "content", lost.ToString())]),
            ],
        };
        Database.Collector.Register(mounts);
        await Database.Leases("default").CreateAsync("lease");
        await Database.Leases("default").AddResourceAsync("lease", new("m1", "mounts"));
        await Database.Collector.CollectAsync();
        Assert.Equal(["m2"], mounts.Removed);
        Seen(held);
    }

    [Fact]
    public async Task An_ingest_goes_after_a_day_and_not_while_it_is_open()
    {
        IContentStore store = Database.Content("default");
        using (IContentWriter writer = await store.OpenWriterAsync("closed")) writer.Write([1]);
        IContentWriter open = await store.OpenWriterAsync("open");
        Clock.Advance(TimeSpan.FromHours(23));
        await Database.Collector.CollectAsync();
        Assert.Equal(2, store.ListStatuses().Count());
        Clock.Advance(TimeSpan.FromHours(2));
        await Database.Collector.CollectAsync();
        Assert.Equal(["open"], store.ListStatuses().Select(status => status.Ref));
        Assert.Single(Directory.GetFiles(Root + "/ingests"));
        open.Write([2]);
        await open.CommitAsync();
    }

    [Fact]
    public async Task An_ingest_under_a_lease_lives_as_long_as_the_lease()
    {
        await Database.Leases("default").CreateAsync("lease");
        using (IContentWriter writer = await Database.Content("default", "lease").OpenWriterAsync("r")) writer.Write([1]);
        Clock.Advance(TimeSpan.FromDays(30));
        await Database.Collector.CollectAsync();
        Assert.Single(Database.Content("default").ListStatuses());
        await Database.Leases("default").DeleteAsync("lease", isSynchronous: true);
        Assert.Empty(Database.Content("default").ListStatuses());
        Assert.Empty(Directory.GetFiles(Root + "/ingests"));
    }

    [Fact]
    public async Task Collections_while_images_are_pulled_never_remove_what_is_needed()
    {
        using CancellationTokenSource stop = new();
        Task collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await Database.Collector.CollectAsync();
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(puller => Task.Run(() => PullAsync(puller))));
        await stop.CancelAsync();
        await collecting;
        await Database.Collector.CollectAsync();
        foreach (ContentInfo info in Database.Content("default").List())
        {
            using ContentReader reader = Database.Content("default").OpenReader(info.Digest);
            reader.ReadAll();
        }
        Assert.Equal(8 * 5 * 3 + 1, BlobFiles.Length);
    }

    /// <summary>Pulls five images of two layers each and of one that all share; every other one without a lease, with the root label while it is pulled.</summary>
    private async Task PullAsync(int puller)
    {
        for (int image = 0; image < 5; image++)
        {
            string? lease = image % 2 == 0 ? $"pull-{puller}-{image}" : null;
            if (lease is not null) await Database.Leases("default").CreateAsync(lease);
            LabelSet labels = lease is null ? LabelSet.Of((ControlLabels.GcRoot, "")) : LabelSet.Empty;
            List<Digest> children = [];
            foreach (byte[] layer in (byte[][])[[1], [2, (byte)puller, (byte)image], [3, (byte)puller, (byte)image]])
            {
                children.Add(Digest.Of(layer));
                try
                {
                    using IContentWriter writer = await Database.Content("default", lease).OpenWriterAsync($"{puller}-{image}-{layer[0]}", layer.Length, Digest.Of(layer));
                    writer.Write(layer.AsSpan((int)writer.Offset));
                    await writer.CommitAsync(labels: labels);
                }
                catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
                {
                    // Another puller was first. Without a lease it is kept by a root label, unless it was collected since.
                    if (lease is null) await KeepAsync(layer);
                }
            }
            Digest manifest = await PutAsync([4, (byte)puller, (byte)image],
                LabelSet.From([.. labels, .. children.Select((child, i) => new KeyValuePair<string, string>($"containerd.io/gc.ref.content.{i}", child.ToString()))]), lease: lease);
            await ImageAsync($"image-{puller}-{image}", manifest);
            if (lease is not null) await Database.Leases("default").DeleteAsync(lease);
            foreach (Digest child in children)
            {
                using ContentReader reader = Database.Content("default").OpenReader(child);
                Assert.Equal(child, Digest.Of(reader.ReadAll()));
            }
        }
    }

    private async Task KeepAsync(byte[] layer)
    {
        while (true)
            try
            {
                await Database.Content("default").UpdateAsync(new(Digest.Of(layer), 0) { Labels = LabelSet.Of((ControlLabels.GcRoot, "1")) });
                return;
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
                await PutAsync(layer, LabelSet.Of((ControlLabels.GcRoot, "1")));
                return;
            }
    }

    private Task<Digest> NewAsync(params (string, string)[] labels) => PutAsync([0, 0, 0, (byte)++last], LabelSet.Of(labels));

    private Task<ImageRecord> ImageAsync(string name, Digest target) => Database.Images("default").CreateAsync(new(name, new("application/x", target, 4)));

    private void Seen(params Digest[] digests) =>
        Assert.Equal(digests.Select(digest => digest.ToString()).Order(StringComparer.Ordinal), Database.Content("default").List().Select(info => info.Digest.ToString()));

    /// <summary>A part of the engine that writes down what it is told.</summary>
    private sealed class Snapshotter(string type) : IGarbageResource
    {
        public List<string> Removed { get; } = [];

        public bool Fails { get; set; }

        public IReadOnlyCollection<GarbageEntry> Entries { get; init; } = [];

        public string Type => type;

        public IReadOnlyCollection<GarbageEntry> List() => Entries;

        public ValueTask RemoveAsync(GarbageNode node, SnapshotRecord? snapshot, CancellationToken cancel)
        {
            Removed.Add(snapshot?.InternalName ?? node.Key);
            return Fails ? throw new IOException("busy") : ValueTask.CompletedTask;
        }
    }
}
