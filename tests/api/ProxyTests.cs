using Keelson.Engine;
using Keelson.Snapshots;

namespace Keelson.Api.Tests;

/// <summary>Parts that another program serves: containerd itself is the other program.</summary>
public class ProxyTests
{
    [DaemonFact]
    public async Task A_snapshotter_of_containerd_serves_this_engine()
    {
        using DaemonUnderTest other = DaemonUnderTest.StartReference();
        string root = TestDirectory.Make("engine");
        ProxySnapshotter proxy = new("overlayfs", other.Address);
        await using (ContainerEngine engine = await ContainerEngine.OpenAsync(new()
        {
            Root = root,
            State = root + "/state",
            Metadata = new(root + "/store"),
            Snapshots = new() { Default = "remote", Others = [new Renamed("remote", proxy)] },
        }))
        {
            ISnapshotter snapshots = engine.Snapshots.Of("default");
            Write(await snapshots.PrepareAsync("work", "", new Dictionary<string, string> { ["a"] = "b" }), "file", "hello");
            await snapshots.CommitAsync("layer", "work");
            IReadOnlyList<Mount> view = await snapshots.ViewAsync("look", "layer");

            using (TemporaryMount mount = TemporaryMount.Open(view)) Assert.Equal("hello", await File.ReadAllTextAsync(mount.Path + "/file"));
            Assert.True((await snapshots.UsageAsync("layer")).SizeBytes > 0);
            Assert.Contains("layer", other.Ctr("snapshots", "ls").Succeeds().Stdout, StringComparison.Ordinal);
            Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(async () => await proxy.CommitAsync(await NameAsync(proxy, "layer"), await NameAsync(proxy, "look")))).Kind);
            await snapshots.RemoveAsync("look");
            await snapshots.RemoveAsync("layer");
            Assert.Single(other.Ctr("snapshots", "ls").Succeeds().Lines);
        }
        TestDirectory.Remove(root);
    }

    [DaemonFact]
    public async Task A_differ_of_containerd_is_asked_for_what_this_engine_does_not_know()
    {
        using DaemonUnderTest other = DaemonUnderTest.StartReference();
        using ProxyDiffer proxy = new("walking", other.Address);

        KeelsonException unknown = await Assert.ThrowsAsync<KeelsonException>(() => proxy.CompareAsync("default", [], [], new() { MediaType = "application/x-unknown" }, default));
        string folder = Directory.CreateDirectory(other.Folder + "/tree").FullName;
        await File.WriteAllTextAsync(folder + "/file", "hello");
        Content.ContentDescriptor made = await proxy.CompareAsync("default", [], [new("bind", folder, ["ro", "rbind"])], new() { MediaType = Oci.MediaTypes.OciLayer }, default);

        Assert.Equal(ErrorKind.Unsupported, unknown.Kind);
        Assert.Contains(made.Digest.ToString(), other.Ctr("content", "ls", "-q").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void A_proxy_that_is_not_there_delays_nothing_and_is_unavailable()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.StartConfigured("""
            [proxy_plugins.remote]
            type = "snapshot"
            address = "/nowhere/proxy.sock"
            """);

        Assert.Contains(daemon.Ctr("plugins", "ls").Succeeds().Lines, line => line.StartsWith("io.containerd.snapshotter.v1", StringComparison.Ordinal) && line.Contains("remote", StringComparison.Ordinal));
        daemon.Ctr("snapshots", "--snapshotter", "remote", "prepare", "work").Fails("unavailable");
        Assert.Single(daemon.Ctr("snapshots", "--snapshotter", "remote", "ls").Succeeds().Lines);
        daemon.Ctr("snapshots", "prepare", "work").Succeeds();
    }

    private static async Task<string> NameAsync(ISnapshotter snapshotter, string key)
    {
        await foreach (SnapshotInfo info in snapshotter.WalkAsync())
            if (info.Name.EndsWith("/" + key, StringComparison.Ordinal)) return info.Name;
        throw new InvalidOperationException(key);
    }

    private static void Write(IReadOnlyList<Mount> mounts, string name, string text)
    {
        using TemporaryMount mount = TemporaryMount.Open(mounts);
        File.WriteAllText(mount.Path + "/" + name, text);
    }

    /// <summary>The engine has an overlayfs of its own.</summary>
    private sealed class Renamed(string name, ISnapshotter inner) : ISnapshotter
    {
        public string Name => name;

        public ValueTask<SnapshotInfo> StatAsync(string key, CancellationToken cancel = default) => inner.StatAsync(key, cancel);

        public ValueTask<SnapshotInfo> UpdateAsync(SnapshotInfo info, IReadOnlyCollection<string>? fieldPaths = null, CancellationToken cancel = default) => inner.UpdateAsync(info, fieldPaths, cancel);

        public ValueTask<SnapshotUsage> UsageAsync(string key, CancellationToken cancel = default) => inner.UsageAsync(key, cancel);

        public ValueTask<IReadOnlyList<Mount>> MountsAsync(string key, CancellationToken cancel = default) => inner.MountsAsync(key, cancel);

        public ValueTask<IReadOnlyList<Mount>> PrepareAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) => inner.PrepareAsync(key, parent, labels, cancel);

        public ValueTask<IReadOnlyList<Mount>> ViewAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) => inner.ViewAsync(key, parent, labels, cancel);

        public ValueTask CommitAsync(string commitName, string key, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) => inner.CommitAsync(commitName, key, labels, cancel);

        public ValueTask RemoveAsync(string key, CancellationToken cancel = default) => inner.RemoveAsync(key, cancel);

        public IAsyncEnumerable<SnapshotInfo> WalkAsync(Func<SnapshotInfo, bool>? filter = null, CancellationToken cancel = default) => inner.WalkAsync(filter, cancel);

        public ValueTask CleanupAsync(CancellationToken cancel = default) => inner.CleanupAsync(cancel);
    }
}
