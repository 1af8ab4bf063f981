using Keelson.Oci;

namespace Keelson.Content.Tests;

/// <summary>Namespaces, images, leases, containers, sandboxes, snapshots.</summary>
public sealed class MetadataStoreTests : StoreTest
{
    private static readonly ContentDescriptor Target = new("application/x", Digest.Of([1]), 10) { Annotations = LabelSet.Of(("a", "1")) };

    [Fact]
    public async Task Namespaces_are_made_labelled_listed_and_removed()
    {
        await Database.Namespaces.CreateAsync("a", LabelSet.Of(("x", "1")));
        await FailsAsync(ErrorKind.AlreadyExists, () => Database.Namespaces.CreateAsync("a"));
        await FailsAsync(ErrorKind.InvalidArgument, () => Database.Namespaces.CreateAsync("-a"));
        await Database.Namespaces.UpdateAsync("a", LabelSet.Of(("y", "2")));
        await Database.Namespaces.UpdateAsync("a", LabelSet.Of(("x", "")));
        Assert.Equal(new("a", LabelSet.Of(("y", "2"))), Database.Namespaces.Get("a"));
        Assert.Single(Database.Namespaces.List(Filter.Parse("name==a,labels.y==2")));
        await Database.Namespaces.DeleteAsync("a");
        Fails(ErrorKind.NotFound, () => Database.Namespaces.Get("a"));
        await FailsAsync(ErrorKind.NotFound, () => Database.Namespaces.DeleteAsync("a"));
    }

    [Fact]
    public async Task A_namespace_that_holds_something_cannot_be_removed()
    {
        await Database.Images("a").CreateAsync(new("i", Target));
        await PutAsync([1], space: "a");
        KeelsonException error = await FailsAsync(ErrorKind.FailedPrecondition, () => Database.Namespaces.DeleteAsync("a"));
        Assert.EndsWith("images, blobs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_are_made_changed_by_field_and_removed()
    {
        ImageStore images = Database.Images("default");
        ImageRecord made = await images.CreateAsync(new("i", Target) { Labels = LabelSet.Of(("l", "1")) });
        await FailsAsync(ErrorKind.AlreadyExists, () => images.CreateAsync(new("i", Target)));
        Clock.Advance(TimeSpan.FromMinutes(1));
        ImageRecord other = new("i", Target with { Digest = Digest.Of([2]), Annotations = LabelSet.Of(("b", "2")) }) { Labels = LabelSet.Of(("m", "2")) };
        ImageRecord changed = await images.UpdateAsync(other, ["labels.m", "annotations.b"]);
        Assert.Equal((Target.Digest, LabelSet.Of(("l", "1"), ("m", "2")), LabelSet.Of(("a", "1"), ("b", "2"))), (changed.Target.Digest, changed.Labels, changed.Target.Annotations));
        Assert.Equal((made.CreatedAt, Clock.GetUtcNow()), (changed.CreatedAt, changed.UpdatedAt));
        Assert.Equal(other.Target, (await images.UpdateAsync(other)).Target);
        await FailsAsync(ErrorKind.InvalidArgument, () => images.UpdateAsync(other, ["name"]));
        await FailsAsync(ErrorKind.NotFound, () => images.UpdateAsync(other with { Name = "j" }));
        await FailsAsync(ErrorKind.NotFound, () => images.DeleteAsync("i", Target.Digest));
        await images.DeleteAsync("i", Digest.Of([2]));
        Fails(ErrorKind.NotFound, () => images.Get("i"));
    }

    [Fact]
    public async Task An_image_without_a_whole_target_is_InvalidArgument()
    {
        ImageStore images = Database.Images("default");
        await FailsAsync(ErrorKind.InvalidArgument, () => images.CreateAsync(new("", Target)));
        await FailsAsync(ErrorKind.InvalidArgument, () => images.CreateAsync(new("i", Target with { Size = 0 })));
        await FailsAsync(ErrorKind.InvalidArgument, () => images.CreateAsync(new("i", Target with { MediaType = "" })));
        await FailsAsync(ErrorKind.InvalidArgument, () => images.CreateAsync(new("i", Target with { Digest = default })));
    }

    [Fact]
    public async Task Namespaces_do_not_see_each_other()
    {
        await Database.Images("a").CreateAsync(new("i", Target));
        Fails(ErrorKind.NotFound, () => Database.Images("b").Get("i"));
        await Database.Images("b").CreateAsync(new("i", Target));
    }

    [Fact]
    public async Task Leases_hold_resources_of_known_types()
    {
        LeaseStore leases = Database.Leases("default");
        LeaseRecord lease = await leases.CreateAsync();
        Assert.True(Identifier.IsValid(lease.Id));
        await FailsAsync(ErrorKind.AlreadyExists, () => leases.CreateAsync(lease.Id));
        await FailsAsync(ErrorKind.InvalidArgument, () => leases.CreateAsync("x", LabelSet.Of((ControlLabels.GcExpire, "tomorrow"))));
        await leases.AddResourceAsync(lease.Id, new("key", "snapshots/overlayfs"));
        await leases.AddResourceAsync(lease.Id, new("key", "snapshots/overlayfs"));
        await leases.AddResourceAsync(lease.Id, new("ref", "ingests"));
        await FailsAsync(ErrorKind.InvalidArgument, () => leases.AddResourceAsync(lease.Id, new("x", "nonsense")));
        await FailsAsync(ErrorKind.InvalidArgument, () => leases.AddResourceAsync(lease.Id, new("x", "snapshots/")));
        await FailsAsync(ErrorKind.InvalidArgument, () => leases.AddResourceAsync(lease.Id, new("x", "content")));
        await FailsAsync(ErrorKind.NotFound, () => leases.AddResourceAsync("other", new("ref", "ingests")));
        Assert.Equal([new("ref", "ingests"), new LeaseResource("key", "snapshots/overlayfs")], leases.ListResources(lease.Id));
        await leases.DeleteResourceAsync(lease.Id, new("ref", "ingests"));
        await ReopenAsync();
        Assert.Equal([new LeaseResource("key", "snapshots/overlayfs")], Database.Leases("default").ListResources(lease.Id));
    }

    [Fact]
    public async Task Writing_under_a_lease_that_does_not_exist_is_NotFound() =>
        await FailsAsync(ErrorKind.NotFound, () => Database.Content("default", "none").OpenWriterAsync("r"));

    [Fact]
    public async Task Containers_are_made_changed_and_removed()
    {
        ContainerStore containers = Database.Containers("default");
        await containers.CreateAsync(new("c") { Image = "i", RuntimeName = "io.containerd.runc.v2", Snapshotter = "s", SnapshotKey = "k", Payload = new byte[] { 1 } });
        await FailsAsync(ErrorKind.AlreadyExists, () => containers.CreateAsync(new("c")));
        await FailsAsync(ErrorKind.InvalidArgument, () => containers.CreateAsync(new("a/b")));
        await FailsAsync(ErrorKind.InvalidArgument, () => containers.CreateAsync(new("d") { SnapshotKey = "k" }));
        await containers.UpdateAsync("c", row => row with { Id = "stolen", Payload = new byte[] { 2 } });
        await ReopenAsync();
        containers = Database.Containers("default");
        ContainerRecord found = containers.Get("c");
        Assert.Equal(("i", "io.containerd.runc.v2", "s", "k", (byte)2), (found.Image, found.RuntimeName, found.Snapshotter, found.SnapshotKey, found.Payload.Span[0]));
        Assert.Single(containers.List(Filter.Parse("runtime.name==io.containerd.runc.v2,image==i")));
        await containers.DeleteAsync("c");
        await FailsAsync(ErrorKind.NotFound, () => containers.UpdateAsync("c", row => row));
    }

    [Fact]
    public async Task Sandboxes_are_made_changed_and_removed()
    {
        SandboxStore sandboxes = Database.Sandboxes("default");
        await sandboxes.CreateAsync(new("s") { Labels = LabelSet.Of(("a", "1")) });
        await sandboxes.UpdateAsync("s", row => row with { Payload = new byte[] { 3 } });
        Assert.Equal(3, sandboxes.Get("s").Payload.Span[0]);
        Assert.Single(sandboxes.List(Filter.Parse("labels.a")));
        await sandboxes.DeleteAsync("s");
        Fails(ErrorKind.NotFound, () => sandboxes.Get("s"));
    }

    [Fact]
    public async Task Snapshots_stand_on_committed_ones()
    {
        SnapshotIndex snapshots = Database.Snapshots("default", "overlayfs");
        SnapshotRecord active = await snapshots.CreateAsync("work", "", SnapshotKind.Active);
        await FailsAsync(ErrorKind.InvalidArgument, () => snapshots.CreateAsync("x", "work", SnapshotKind.Active));
        await FailsAsync(ErrorKind.NotFound, () => snapshots.CreateAsync("x", "none", SnapshotKind.Active));
        SnapshotRecord committed = await snapshots.CommitAsync("work", "layer");
        Assert.NotEqual(active.InternalName, committed.InternalName);
        Fails(ErrorKind.NotFound, () => snapshots.Get("work"));
        await snapshots.CreateAsync("top", "layer", SnapshotKind.View);
        await FailsAsync(ErrorKind.FailedPrecondition, () => snapshots.CommitAsync("top", "y"));
        await FailsAsync(ErrorKind.FailedPrecondition, () => snapshots.DeleteAsync("layer"));
        Assert.Equal(["top"], snapshots.List(Filter.Parse("parent==layer,kind==view")).Select(row => row.Key));
        Assert.Equal(LabelSet.Of(("a", "b")), (await snapshots.UpdateAsync("top", LabelSet.Of(("a", "b")), ["labels"])).Labels);
        await snapshots.DeleteAsync("top");
        Assert.Equal(committed.InternalName, (await snapshots.DeleteAsync("layer")).InternalName);
    }

    [Fact]
    public async Task Internal_names_are_never_used_twice()
    {
        SnapshotIndex snapshots = Database.Snapshots("default", "overlayfs");
        SnapshotRecord first = await snapshots.CreateAsync("k", "", SnapshotKind.Active);
        await snapshots.DeleteAsync("k");
        await ReopenAsync();
        Assert.NotEqual(first.InternalName, (await Database.Snapshots("default", "overlayfs").CreateAsync("k", "", SnapshotKind.Active)).InternalName);
    }
}
