using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots.Tests;

/// <summary>A life of a snapshotter is ended at every change that it makes to the disk.</summary>
public sealed class CrashTests
{
    /// <summary>Set for the process that is to be killed: kind, directory, and the change before which it dies.</summary>
    internal const string ChildVariable = "KEELSON_SNAPSHOTS_CRASH";

    /// <summary>The life, step by step. What is seen after each step is written down by <see cref="FactsAsync"/>.</summary>
    private static readonly Func<ISnapshotter, Task>[] Steps =
    [
        async s => await s.PrepareAsync("a", ""),
        async s => await File.WriteAllTextAsync(await PlaceAsync(s, "a") + "/file", "1"),
        async s => await s.CommitAsync("one", "a"),
        async s => await s.PrepareAsync("b", "one", new Dictionary<string, string> { ["x"] = "y" }),
        async s => await s.ViewAsync("v", "one"),
        async s => await s.UpdateAsync(new("b") { Labels = new Dictionary<string, string> { ["x"] = "z" } }),
        async s => await s.CommitAsync("two", "b"),
        async s => await s.RemoveAsync("v"),
        async s => await s.CleanupAsync(),
        async s => await s.PrepareAsync("c", "two"),
        async s => await s.RemoveAsync("c"),
        async s => await s.RemoveAsync("two"),
        async s => await s.CleanupAsync(),
        async s => await s.PrepareAsync("d", "one"),
    ];

    /// <summary>What the process does that is killed.</summary>
    internal static async Task LiveAndDieAsync(string[] words)
    {
        int left = int.Parse(words[2], CultureInfo.InvariantCulture);
        using Snapshotter snapshotter = Open(words[0], words[1], change =>
        {
            if (--left == 0) _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL);
        });
        for (int step = 0; step < Steps.Length; step++)
        {
            await Steps[step](snapshotter);
            await File.WriteAllTextAsync(words[1] + ".done", string.Create(CultureInfo.InvariantCulture, $"{step + 1}"));
        }
    }

    [RootTheory]
    [InlineData("overlayfs", 1)]
    [InlineData("native", 3)]
    [InlineData("erofs", 3)]
    public async Task Kill_9_at_a_change_leaves_each_acknowledged_step_and_nothing_else(string kind, int stride)
    {
        Skip(kind);
        int changes = 0;
        string whole = TestDirectory.Make("whole");
        List<string> expected = [];
        using (Snapshotter snapshotter = Open(kind, whole, _ => changes++))
        {
            expected.Add(await FactsAsync(snapshotter));
            foreach (Func<ISnapshotter, Task> step in Steps)
            {
                await step(snapshotter);
                expected.Add(await FactsAsync(snapshotter));
            }
            (snapshotter as ErofsSnapshotter)?.UnmountLayers();
        }
        TestDirectory.Remove(whole);
        Assert.InRange(changes, 30, 200);
        for (int place = 1; place <= changes; place += stride)
        {
            string root = TestDirectory.Make("killed");
            Dictionary<string, string> environment = new() { [ChildVariable] = string.Create(CultureInfo.InvariantCulture, $"{kind} {root} {place}") };
            if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime) environment["DOTNET_ROOT"] = runtime;
            ChildProcess.Run([Environment.ProcessPath!], new() { Environment = environment }).Exits(128 + Signals.SIGKILL);
            int done = File.Exists(root + ".done") ? int.Parse(await File.ReadAllTextAsync(root + ".done"), CultureInfo.InvariantCulture) : 0;
            await CheckAsync(kind, root, expected, done, $"{kind} at change {place}");
            TestDirectory.Remove(root);
            File.Delete(root + ".done");
        }
    }

    [RootFact]
    public async Task An_index_that_ends_anywhere_is_opened_with_what_is_whole()
    {
        string root = TestDirectory.Make("cut");
        using (Snapshotter snapshotter = Open("overlayfs", root, null))
            for (int i = 0; i < 3; i++) await snapshotter.PrepareAsync($"a{i}", "");
        byte[] index = await File.ReadAllBytesAsync(root + "/index");
        int[] ends = [.. index.Select((b, at) => (b, at)).Where(pair => pair.b == '\n').Select(pair => pair.at + 1)];
        for (int length = index.Length; length >= ends[0]; length--)
        {
            await File.WriteAllBytesAsync(root + "/index", index[..length]);
            using Snapshotter snapshotter = Open("overlayfs", root, null);
            int whole = ends.Count(end => end <= length) - 1;
            Assert.Equal(whole, await CountAsync(snapshotter));
            Assert.Equal(length - ends[whole], snapshotter.Recovery.LostBytes);
        }
        TestDirectory.Remove(root);
    }

    [RootFact]
    public async Task Damage_of_what_was_on_the_disk_is_DataLoss()
    {
        string root = TestDirectory.Make("damaged");
        using (Snapshotter snapshotter = Open("overlayfs", root, null))
            for (int i = 0; i < 3; i++)
            {
                await snapshotter.PrepareAsync("a", "");
                await snapshotter.CommitAsync($"c{i}", "a");
            }
        byte[] index = await File.ReadAllBytesAsync(root + "/index");
        index[index.AsSpan().IndexOf("\"c0\""u8) + 1] = (byte)'d';
        await File.WriteAllBytesAsync(root + "/index", index);
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => Open("overlayfs", root, null)).Kind);
        TestDirectory.Remove(root);
    }

    [RootFact]
    public async Task A_row_whose_directory_is_gone_is_dropped_and_what_stands_on_it_is_named()
    {
        string root = TestDirectory.Make("lost");
        using (Snapshotter snapshotter = Open("overlayfs", root, null))
        {
            await snapshotter.PrepareAsync("a", "");
            await snapshotter.CommitAsync("one", "a");
            await snapshotter.PrepareAsync("b", "one");
        }
        TestDirectory.Remove(root + "/snapshots/1");
        using (Snapshotter snapshotter = Open("overlayfs", root, null))
        {
            Assert.Equal(["one"], snapshotter.Recovery.Dropped);
            Assert.Equal(["b"], snapshotter.Recovery.Orphans);
            KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(async () => await snapshotter.MountsAsync("b"));
            Assert.Equal(ErrorKind.NotFound, e.Kind);
        }
        TestDirectory.Remove(root);
    }

    [RootFact]
    public async Task The_index_is_written_anew_when_most_of_it_is_past()
    {
        string root = TestDirectory.Make("long");
        using (Snapshotter snapshotter = OverlaySnapshotter.Open(new(root) { Durability = SnapshotDurability.None }))
        {
            await snapshotter.PrepareAsync("a", "");
            for (int i = 0; i < 10_000; i++) await snapshotter.UpdateAsync(new("a") { Labels = new Dictionary<string, string> { ["i"] = $"{i}" } });
            Assert.InRange(new FileInfo(root + "/index").Length, 1, 1_000_000);
        }
        using (Snapshotter snapshotter = Open("overlayfs", root, null)) Assert.Equal("9999", (await snapshotter.StatAsync("a")).Labels["i"]);
        Assert.InRange(new FileInfo(root + "/index").Length, 1, 1000);
        TestDirectory.Remove(root);
    }

    private static void Skip(string kind)
    {
        if (kind == "erofs" && ErofsSnapshotter.Missing is { } reason) Assert.Skip(reason.Contains("mkfs", StringComparison.Ordinal) ? "needs program mkfs.erofs" : "needs erofs");
    }

    private static Snapshotter Open(string kind, string root, Action<string>? step) => kind switch
    {
        "overlayfs" => OverlaySnapshotter.Open(new(root) { Step = step }),
        "native" => NativeSnapshotter.Open(new(root) { Step = step }),
        _ => ErofsSnapshotter.Open(new(root) { Step = step }),
    };

    private static async Task<string> PlaceAsync(ISnapshotter snapshotter, string key) => (await snapshotter.MountsAsync(key))[0].Source;

    private static async Task<int> CountAsync(ISnapshotter snapshotter)
    {
        int count = 0;
        await foreach (SnapshotInfo _ in snapshotter.WalkAsync()) count++;
        return count;
    }

    private static async Task<string> FactsAsync(ISnapshotter snapshotter)
    {
        List<string> facts = [];
        await foreach (SnapshotInfo info in snapshotter.WalkAsync())
            facts.Add($"{info.Name} {info.Kind} {info.Parent} {string.Join(',', info.Labels)} {(info.Kind == SnapshotKind.Committed ? (await snapshotter.UsageAsync(info.Name)).Inodes : 0)}");
        return string.Join('\n', facts);
    }

    private static async Task CheckAsync(string kind, string root, List<string> expected, int done, string where)
    {
        using (Snapshotter snapshotter = Open(kind, root, null))
        {
            string facts = await FactsAsync(snapshotter);
            Assert.True(facts == expected[done] || facts == expected[Math.Min(done + 1, expected.Count - 1)], $"{where} after {done} steps\nseen:\n{facts}\nexpected:\n{expected[done]}");
            Assert.True(snapshotter.Recovery.Dropped.Count == 0 && snapshotter.Recovery.Orphans.Count == 0, where);
            await snapshotter.CleanupAsync();
            Assert.Equal(await CountAsync(snapshotter), Directory.GetDirectories(root + "/snapshots").Length);
            if (facts.Contains("one Committed", StringComparison.Ordinal))
            {
                using TemporaryMount view = TemporaryMount.Open(await snapshotter.ViewAsync("look", "one"));
                Assert.Equal("1", await File.ReadAllTextAsync(view.Path + "/file"));
            }
            foreach (string key in (string[])["a", "b", "c", "d"])
                if (facts.Contains($"{key} Active", StringComparison.Ordinal)) await snapshotter.CommitAsync("after " + key, key);
            (snapshotter as ErofsSnapshotter)?.UnmountLayers();
        }
        Assert.Equal(["index", "lock", "snapshots"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName).Order());
    }
}
