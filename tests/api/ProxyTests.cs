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
    public void Content_is_kept_by_containerd_and_named_collected_and_shared_here()
    {
        using DaemonUnderTest other = DaemonUnderTest.StartReference();
        string folder = TestDirectory.Make("keelsond"), image = folder + "/image.tar";
        string manifest = OciArchive.Write(image).ToString(), space;
        Put(other, "default", "theirs");
        using (DaemonUnderTest daemon = StartWithContentOf(other, folder))
        {
            space = "keelson-" + File.ReadAllText(daemon.Root + "/uuid").Trim();
            Assert.Contains(daemon.Ctr("plugins", "ls").Succeeds().Lines, line => line.StartsWith("io.containerd.content.v1", StringComparison.Ordinal) && line.Contains("bolted", StringComparison.Ordinal));
            daemon.Ctr("images", "import", "--base-name", "example.org/a", image).Succeeds();
            // The index, the manifest, the configuration and the layer.
            Assert.Equal(4, daemon.Ctr("content", "ls", "-q").Succeeds().Lines.Length);
            Assert.Equal(Sorted(daemon.Ctr("content", "ls", "-q")), Sorted(other.Ctr("--namespace", space, "content", "ls", "-q")));
            Assert.Contains("\"schemaVersion\":2", daemon.Ctr("content", "get", manifest).Succeeds().Stdout, StringComparison.Ordinal);
            Assert.Equal(2, daemon.Ctr("snapshots", "ls").Succeeds().Lines.Length);
            // Another namespace gets what is there without a byte being sent, and has labels of its own.
            daemon.Ctr("--namespace", "web", "images", "import", "--no-unpack", "--base-name", "example.org/a", image).Succeeds();
            daemon.Ctr("--namespace", "web", "content", "label", manifest, "team=a").Succeeds();
            Assert.DoesNotContain("team=a", daemon.Ctr("content", "ls").Succeeds().Stdout, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(daemon.Root + "/store/blobs", "*", SearchOption.AllDirectories));
            daemon.Kill();
        }
        other.Ctr("--namespace", space, "content", "label", manifest, "seen=1").Succeeds();
        Put(other, space, "not ours");
        using DaemonUnderTest again = StartWithContentOf(other, folder);

        Assert.Contains("\"schemaVersion\":2", again.Ctr("content", "get", manifest).Succeeds().Stdout, StringComparison.Ordinal);
        again.Ctr("images", "rm", "--sync", "example.org/a:t1").Succeeds();
        Assert.Empty(again.Ctr("content", "ls", "-q").Succeeds().Text);
        Assert.Equal(Sorted(again.Ctr("--namespace", "web", "content", "ls", "-q")).Length + 1, Sorted(other.Ctr("--namespace", space, "content", "ls", "-q")).Length);
        again.Ctr("--namespace", "web", "images", "rm", "--sync", "example.org/a:t1").Succeeds();
        Assert.Single(other.Ctr("--namespace", space, "content", "ls", "-q").Succeeds().Lines);
        Assert.Single(other.Ctr("content", "ls", "-q").Succeeds().Lines);
        again.Stop();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public void While_the_keeper_of_content_is_away_names_stay_and_nothing_is_lost()
    {
        using DaemonUnderTest other = DaemonUnderTest.StartReference();
        string folder = TestDirectory.Make("keelsond"), image = folder + "/image.tar";
        string manifest = OciArchive.Write(image).ToString();
        using (DaemonUnderTest daemon = StartWithContentOf(other, folder))
        {
            daemon.Ctr("images", "import", "--no-unpack", "--base-name", "example.org/a", image).Succeeds();
            daemon.Stop();
        }
        other.Stop();
        using DaemonUnderTest again = StartWithContentOf(other, folder);

        Assert.Equal(4, again.Ctr("content", "ls", "-q").Succeeds().Lines.Length);
        again.Ctr("content", "get", manifest).Fails("unavailable");
        again.CtrWithInput("hello", "content", "ingest", "new").Fails("unavailable");
        Assert.Contains("new", again.Ctr("content", "active").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains("example.org/a:t1", again.Ctr("images", "ls", "-q").Succeeds().Stdout, StringComparison.Ordinal);
        again.Stop();
        TestDirectory.Remove(folder);
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

    private static DaemonUnderTest StartWithContentOf(DaemonUnderTest other, string folder) => DaemonUnderTest.StartWith($"""

        [proxy_plugins.bolted]
        type = "content"
        address = "{other.Address}"
        """, folder);

    /// <summary>Content that the keeper's own collection leaves alone.</summary>
    private static void Put(DaemonUnderTest daemon, string space, string text)
    {
        daemon.CtrWithInput(text, "--namespace", space, "content", "ingest", "put").Succeeds();
        daemon.Ctr("--namespace", space, "content", "label", Oci.Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToString(), "containerd.io/gc.root=1").Succeeds();
    }

    private static string[] Sorted(CommandResult list) => [.. list.Succeeds().Lines.Order(StringComparer.Ordinal)];

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
