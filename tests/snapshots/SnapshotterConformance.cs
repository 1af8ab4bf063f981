using Keelson.Linux.Sys;

namespace Keelson.Snapshots.Tests;

/// <summary>What every snapshotter does, as containerd's test suite of snapshotters asks it: the rules of keys, parents and kinds.</summary>
public abstract partial class SnapshotterConformance : SnapshotterTest
{
    [RootFact]
    public async Task An_active_snapshot_is_written_committed_and_seen()
    {
        await LayerAsync("one", "", "mkdir -m 750 a; echo hello > a/file; ln -s file a/link; mkfifo a/fifo; mknod a/null c 1 3");
        await SeesAsync("one", "cat a/file a/link; stat -c '%n %F %a' a a/fifo a/null", "hello\nhello\na directory 750\na/fifo fifo 644\na/null character special file 644");
    }

    [RootFact]
    public async Task Prepare_answers_with_the_mounts_that_Mounts_answers_with()
    {
        await LayerAsync("one", "", "touch a");
        IReadOnlyList<Mount> prepared = await Snapshotter.PrepareAsync("b", "one"), asked = await Snapshotter.MountsAsync("b");
        Assert.Equal(prepared.Select(mount => mount.ToString()), asked.Select(mount => mount.ToString()));
    }

    [RootFact]
    public async Task Changes_of_an_active_snapshot_are_not_seen_in_another()
    {
        await LayerAsync("one", "", "echo 1 > file");
        await WriteAsync("a", "one", "echo 2 > file; touch new");
        Assert.Equal("file\n1", InMount(await Snapshotter.PrepareAsync("b", "one"), "ls; cat file").Succeeds().Text);
        await SeesAsync("one", "ls; cat file", "file\n1");
    }

    [RootFact]
    public async Task An_active_snapshot_keeps_its_changes_between_mounts()
    {
        await WriteAsync("a", "", "echo 1 > file");
        Assert.Equal("1", InMount(await Snapshotter.MountsAsync("a"), "cat file").Succeeds().Text);
    }

    [RootFact]
    public async Task Stat_tells_kind_parent_labels_and_times()
    {
        await LayerAsync("one", "", "true");
        await Snapshotter.PrepareAsync("a", "one", new Dictionary<string, string> { ["x"] = "y" });
        await Snapshotter.ViewAsync("v", "one");
        SnapshotInfo active = await Snapshotter.StatAsync("a"), view = await Snapshotter.StatAsync("v"), committed = await Snapshotter.StatAsync("one");
        Assert.Equal((SnapshotKind.Active, "one", "y"), (active.Kind, active.Parent, active.Labels["x"]));
        Assert.Equal((SnapshotKind.View, "one", 0), (view.Kind, view.Parent, view.Labels.Count));
        Assert.Equal((SnapshotKind.Committed, ""), (committed.Kind, committed.Parent));
        Assert.True(committed.CreatedAt < active.CreatedAt && active.CreatedAt == active.UpdatedAt, $"{committed.CreatedAt} {active.CreatedAt}");
    }

    [RootFact]
    public async Task A_key_that_is_taken_is_AlreadyExists_whatever_has_it()
    {
        await LayerAsync("one", "", "true");
        await Snapshotter.PrepareAsync("a", "one");
        await Snapshotter.ViewAsync("v", "one");
        foreach (string key in (string[])["one", "a", "v"])
        {
            await FailsAsync(ErrorKind.AlreadyExists, () => Snapshotter.PrepareAsync(key, ""), $"make snapshot {key} of {Snapshotter.Name}: it exists");
            await FailsAsync(ErrorKind.AlreadyExists, () => Snapshotter.ViewAsync(key, "one"), "it exists");
            await FailsAsync(ErrorKind.AlreadyExists, () => Snapshotter.CommitAsync(key, "a"), $"commit to snapshot {key}");
        }
        Assert.Equal("a one v", await KeysAsync());
    }

    [RootFact]
    public async Task A_key_that_is_not_there_is_NotFound()
    {
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.StatAsync("x"), "it does not exist");
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.MountsAsync("x"), "it does not exist");
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.UsageAsync("x"), "it does not exist");
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.UpdateAsync(new("x")), "it does not exist");
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.CommitAsync("y", "x"), "it does not exist");
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.RemoveAsync("x"), "it does not exist");
    }

    [RootFact]
    public async Task A_parent_that_is_not_there_is_NotFound()
    {
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.PrepareAsync("a", "x"), "its parent x does not exist");
        await FailsAsync(ErrorKind.NotFound, () => Snapshotter.ViewAsync("a", "x"), "its parent x does not exist");
        Assert.Equal("", await KeysAsync());
    }

    [RootFact]
    public async Task A_parent_that_is_not_committed_is_InvalidArgument()
    {
        await Snapshotter.PrepareAsync("a", "");
        await FailsAsync(ErrorKind.InvalidArgument, () => Snapshotter.PrepareAsync("b", "a"), "its parent a is not committed");
        await FailsAsync(ErrorKind.InvalidArgument, () => Snapshotter.ViewAsync("b", "a"), "its parent a is not committed");
    }

    [RootTheory]
    [InlineData("", "its key is empty")]
    [InlineData("a\nb", "its key has control characters")]
    public async Task A_key_that_cannot_be_is_InvalidArgument(string key, string message)
    {
        await Snapshotter.PrepareAsync("a", "");
        await FailsAsync(ErrorKind.InvalidArgument, () => Snapshotter.PrepareAsync(key, ""), message);
        await FailsAsync(ErrorKind.InvalidArgument, () => Snapshotter.CommitAsync(key, "a"), message);
    }

    [RootFact]
    public async Task Keys_may_hold_all_that_a_file_name_may_not()
    {
        string key = "default/12/sha256:../..\\ \"'ü🙂" + new string('k', 1000);
        await Snapshotter.PrepareAsync("a", "");
        await Snapshotter.CommitAsync(key, "a");
        Assert.Equal(SnapshotKind.Committed, (await Snapshotter.StatAsync(key)).Kind);
    }

    [RootFact]
    public async Task Commit_takes_active_snapshots_alone()
    {
        await LayerAsync("one", "", "true");
        await Snapshotter.ViewAsync("v", "one");
        await FailsAsync(ErrorKind.FailedPrecondition, () => Snapshotter.CommitAsync("two", "one"), "it is not active");
        await FailsAsync(ErrorKind.FailedPrecondition, () => Snapshotter.CommitAsync("two", "v"), "it is not active");
    }

    [RootFact]
    public async Task Commit_gives_the_labels_that_it_is_told_and_frees_the_key()
    {
        await Snapshotter.PrepareAsync("a", "", new Dictionary<string, string> { ["old"] = "1" });
        await Snapshotter.CommitAsync("one", "a", new Dictionary<string, string> { ["new"] = "2" });
        Assert.Equal(["new=2"], (await Snapshotter.StatAsync("one")).Labels.Select(label => $"{label.Key}={label.Value}"));
        await Snapshotter.PrepareAsync("a", "one");
        Assert.Equal("a one", await KeysAsync());
    }

    [RootFact]
    public async Task A_committed_snapshot_has_no_mounts()
    {
        await LayerAsync("one", "", "true");
        await FailsAsync(ErrorKind.FailedPrecondition, () => Snapshotter.MountsAsync("one"), "it is committed");
    }

    [RootFact]
    public async Task A_view_is_read_only()
    {
        await LayerAsync("one", "", "touch one");
        await LayerAsync("two", "one", "touch two");
        foreach (string parent in (string[])["", "one", "two"])
        {
            CommandResult write = InMount(await Snapshotter.ViewAsync("v" + parent, parent), "touch new");
            write.Fails("Read-only file system");
        }
    }

    [RootFact]
    public async Task Remove_of_a_parent_is_FailedPrecondition_until_nothing_stands_on_it()
    {
        await LayerAsync("one", "", "true");
        await LayerAsync("two", "one", "true");
        await Snapshotter.ViewAsync("v", "two");
        await FailsAsync(ErrorKind.FailedPrecondition, () => Snapshotter.RemoveAsync("one"), "remove snapshot one of " + Snapshotter.Name + ": others stand on it");
        await FailsAsync(ErrorKind.FailedPrecondition, () => Snapshotter.RemoveAsync("two"), "others stand on it");
        await Snapshotter.RemoveAsync("v");
        await Snapshotter.RemoveAsync("two");
        await Snapshotter.RemoveAsync("one");
        Assert.Equal("", await KeysAsync());
    }

    [RootFact]
    public async Task Cleanup_leaves_no_file_of_a_removed_snapshot()
    {
        await LayerAsync("one", "", "mkdir -p a/b; echo x > a/b/c; chmod 0 a/b; chattr +i a/b/c 2> /dev/null || true; chattr -i a/b/c 2> /dev/null || true");
        await WriteAsync("a", "one", "echo y > d");
        await Snapshotter.RemoveAsync("a");
        await Snapshotter.RemoveAsync("one");
        Assert.NotEmpty(Directory.GetDirectories(Root + "/snapshots"));
        await Snapshotter.CleanupAsync();
        Assert.Empty(Directory.GetDirectories(Root + "/snapshots"));
    }

    [RootFact]
    public async Task Remove_of_a_mounted_snapshot_frees_its_key()
    {
        await LayerAsync("one", "", "echo 1 > file");
        string place = MakePlace();
        MountSet.Mount(await Snapshotter.PrepareAsync("a", "one"), place);
        await Snapshotter.RemoveAsync("a");
        Assert.Equal("1\n", await File.ReadAllTextAsync(place + "/file"));
        await Snapshotter.PrepareAsync("a", "one");
        MountSet.Unmount(place);
        await Snapshotter.CleanupAsync();
        Assert.Equal("1", InMount(await Snapshotter.MountsAsync("a"), "cat file").Succeeds().Text);
    }

    [RootFact]
    public async Task Walk_is_in_the_order_of_keys_and_takes_a_filter()
    {
        await LayerAsync("c", "", "true");
        await LayerAsync("b", "c", "true");
        await Snapshotter.PrepareAsync("d", "b", new Dictionary<string, string> { ["x"] = "y" });
        await Snapshotter.ViewAsync("a", "b");
        Assert.Equal("a b c d", await KeysAsync());
        Assert.Equal("b c", await KeysAsync(info => info.Kind == SnapshotKind.Committed));
        Assert.Equal("a d", await KeysAsync(info => info.Parent == "b"));
        Assert.Equal("d", await KeysAsync(info => info.Labels.ContainsKey("x")));
    }

    [RootFact]
    public async Task Update_changes_labels_alone()
    {
        await Snapshotter.PrepareAsync("a", "", new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SnapshotInfo Labels(params (string, string)[] labels) => new("a") { Labels = labels.ToDictionary(label => label.Item1, label => label.Item2) };
        async Task IsAsync(SnapshotInfo answer, string expected)
        {
            SnapshotInfo stat = await Snapshotter.StatAsync("a");
            Assert.Equal(expected, string.Join(' ', stat.Labels.Select(label => label.Key + label.Value)));
            Assert.Equal(stat, answer);
            Assert.True(stat.UpdatedAt > stat.CreatedAt);
        }

        await IsAsync(await Snapshotter.UpdateAsync(Labels(("x", "3"), ("z", "4")), ["labels.x", "labels.y"]), "x3");
        await IsAsync(await Snapshotter.UpdateAsync(Labels(("z", "4")), ["labels"]), "z4");
        await IsAsync(await Snapshotter.UpdateAsync(Labels(("w", "5"))), "w5");
        await FailsAsync(ErrorKind.InvalidArgument, () => Snapshotter.UpdateAsync(Labels(), ["parent"]), "its parent never changes");
    }

    [RootFact]
    public async Task Usage_counts_blocks_and_inodes_of_the_layer_alone()
    {
        await LayerAsync("one", "", "head -c 100000 /dev/urandom > file; ln file other; mkdir d");
        await WriteAsync("a", "one", "head -c 50000 /dev/urandom > new; truncate -s 1G hole");
        SnapshotUsage one = await Snapshotter.UsageAsync("one"), active = await Snapshotter.UsageAsync("a");
        Assert.InRange(one.SizeBytes, 100000, 150000);
        Assert.Equal(3, one.Inodes);
        long below = Snapshotter.Name == "native" ? 100000 : 0;
        Assert.InRange(active.SizeBytes, below + 50000, below + 100000);
        Assert.Equal(Snapshotter.Name == "native" ? 5 : 3, active.Inodes);
        await Snapshotter.ViewAsync("v", "one");
        Assert.Equal(default, await Snapshotter.UsageAsync("v"));
    }

    [RootFact]
    public async Task All_is_there_when_it_is_opened_again()
    {
        await LayerAsync("one", "", "echo 1 > file");
        await WriteAsync("a", "one", "echo 2 > file");
        await Snapshotter.UpdateAsync(new("a") { Labels = new Dictionary<string, string> { ["x"] = "ü\"\n" } });
        SnapshotUsage usage = await Snapshotter.UsageAsync("one");
        Close();
        ISnapshotter again = Open(Root);
        try
        {
            Assert.True(((Snapshotter)again).Recovery.IsClean);
            Assert.Equal("ü\"\n", (await again.StatAsync("a")).Labels["x"]);
            Assert.Equal(usage, await again.UsageAsync("one"));
            Assert.Equal("2", InMount(await again.MountsAsync("a"), "cat file").Succeeds().Text);
        }
        finally
        {
            Close(again);
        }
    }

    [RootFact]
    public async Task A_directory_that_is_open_is_not_opened_a_second_time()
    {
        await Snapshotter.PrepareAsync("a", "");
        KeelsonException e = Assert.Throws<KeelsonException>(() => Open(Root));
        Assert.Equal(ErrorKind.FailedPrecondition, e.Kind);
    }

    [RootFact]
    public async Task Directories_are_closed_to_others_in_an_older_installation_too()
    {
        Directory.CreateDirectory(Root + "/snapshots");
        TestDirectory.SetMode(Root, 0b111_101_101);
        TestDirectory.SetMode(Root + "/snapshots", 0b111_111_111);
        await LayerAsync("one", "", "cp /bin/true suid; chmod 4755 suid");
        foreach (string directory in (string[])[Root, Root + "/snapshots"])
        {
            Files.TryStatus(directory, out FileStatus status);
            Assert.Equal(0x4000u | 0b111_000_000, status.Mode);
        }
        CommandResult found = ChildProcess.Run(["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "find", Root, "-name", "suid"]);
        Assert.Equal((1, ""), (found.ExitCode, found.Stdout));
    }

    [RootFact]
    public async Task Many_snapshots_are_made_at_once()
    {
        await LayerAsync("one", "", "echo 1 > file");
        await Parallel.ForEachAsync(Enumerable.Range(0, 40), async (i, cancel) =>
        {
            await Snapshotter.PrepareAsync($"a{i}", "one", cancel: cancel);
            try
            {
                await Snapshotter.CommitAsync($"c{i % 20}", $"a{i}", cancel: cancel);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
            {
                // Two want each name, and one of them gets it.
            }
        });
        Assert.Equal(20, (await KeysAsync(info => info.Kind == SnapshotKind.Committed && info.Parent == "one")).Split(' ').Length);
        Assert.Equal(20, (await KeysAsync(info => info.Kind == SnapshotKind.Active)).Split(' ').Length);
    }
}
