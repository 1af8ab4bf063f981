using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Tests;

/// <summary>Snapshots with names in the metadata and files with a snapshotter.</summary>
public sealed class SnapshotServiceTests
{
    [RootFact]
    public async Task A_key_belongs_to_its_namespace_and_snapshotter()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineUnderTest.WriteFile(await engine.Engine.Snapshots.Of("a").PrepareAsync("key", ""), "file", "of a");
        EngineUnderTest.WriteFile(await engine.Engine.Snapshots.Of("b").PrepareAsync("key", ""), "file", "of b");
        await engine.Engine.Snapshots.Of("a", "native").PrepareAsync("key", "");

        using TemporaryMount mount = TemporaryMount.Open(await engine.Engine.Snapshots.Of("b").MountsAsync("key"));

        Assert.Equal("of b", await File.ReadAllTextAsync(mount.Path + "/file"));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(async () => await engine.Engine.Snapshots.Of("c").StatAsync("key"))).Kind);
    }

    [RootFact]
    public async Task Rules_of_keys_and_parents_are_containerds()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.LayerAsync("one", "", "a", "1");
        await engine.LayerAsync("two", "one", "b", "2");
        await engine.Snapshots.PrepareAsync("work", "two");
        await engine.Snapshots.ViewAsync("look", "one");

        await FailsAsync(ErrorKind.AlreadyExists, () => engine.Snapshots.PrepareAsync("one", ""));
        await FailsAsync(ErrorKind.AlreadyExists, () => engine.Snapshots.CommitAsync("one", "work"));
        await FailsAsync(ErrorKind.NotFound, () => engine.Snapshots.PrepareAsync("x", "nothing"));
        await FailsAsync(ErrorKind.InvalidArgument, () => engine.Snapshots.PrepareAsync("x", "work"));
        await FailsAsync(ErrorKind.FailedPrecondition, () => engine.Snapshots.CommitAsync("x", "look"));
        await FailsAsync(ErrorKind.FailedPrecondition, () => engine.Snapshots.RemoveAsync("one"));
        await FailsAsync(ErrorKind.FailedPrecondition, () => engine.Snapshots.MountsAsync("one"));
        Assert.Equal(["look", "one", "two", "work"], await engine.KeysAsync());
        Assert.True((await engine.Snapshots.UsageAsync("one")).SizeBytes > 0);
    }

    [RootFact]
    public async Task A_parent_of_another_namespace_is_not_there()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.LayerAsync("one", "", "a", "1");

        await FailsAsync(ErrorKind.NotFound, () => engine.Engine.Snapshots.Of("other").PrepareAsync("x", "one"));
    }

    [RootFact]
    public async Task Changes_enter_the_event_log_with_their_names()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();

        await engine.LayerAsync("one", "", "a", "1");
        await engine.Snapshots.ViewAsync("look", "one");
        await engine.Snapshots.RemoveAsync("look");

        Assert.Equal(
            [("/snapshot/prepare", "\n\nkey of one"), ("/snapshot/commit", "\n\nkey of one\u0012\u0003one"), ("/snapshot/remove", "\n\u0004look")],
            engine.Database.Events.Read().Select(record => (record.Topic, System.Text.Encoding.UTF8.GetString(record.Payload.Span))));
    }

    [RootFact]
    public async Task What_a_lease_holds_stays_and_the_rest_goes_with_its_files()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.Database.Leases(EngineUnderTest.Space).CreateAsync("mine");
        await engine.LayerAsync("kept", "", "a", "1", "mine");
        await engine.LayerAsync("top", "kept", "a", "1", "mine");
        await engine.LayerAsync("garbage", "", "a", "1");

        GarbageReport report = await engine.Database.Collector.CollectAsync();
        await engine.Engine.Snapshots.CleanupAsync();

        Assert.Empty(report.Failures);
        Assert.Equal(["kept", "top"], await engine.KeysAsync());
        Assert.Equal(2, engine.CountDirectories());
        await engine.Database.Leases(EngineUnderTest.Space).DeleteAsync("mine", isSynchronous: true);
        await engine.Engine.Snapshots.CleanupAsync();
        Assert.Empty(await engine.KeysAsync());
        Assert.Equal(0, engine.CountDirectories());
    }

    [RootFact]
    public async Task A_container_holds_its_snapshot()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.LayerAsync("one", "", "a", "1");
        await engine.Snapshots.PrepareAsync("root", "one");
        await engine.Database.Containers(EngineUnderTest.Space).CreateAsync(new("c") { RuntimeName = "r", Snapshotter = "overlayfs", SnapshotKey = "root" });

        await engine.Database.Collector.CollectAsync();

        Assert.Equal(["one", "root"], await engine.KeysAsync());
    }

    [RootFact]
    public async Task A_collection_beside_the_making_leaves_no_files_behind()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        using CancellationTokenSource stop = new();
        Task collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await engine.Database.Collector.CollectAsync();
        });

        for (int i = 0; i < 100; i++)
            try
            {
                await engine.Snapshots.PrepareAsync($"key {i}", "");
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
                // The collection was faster than the files.
            }
        await stop.CancelAsync();
        await collecting;
        await engine.Database.Collector.CollectAsync();
        await engine.Engine.Snapshots.CleanupAsync();

        Assert.Empty(await engine.KeysAsync());
        Assert.Equal(0, engine.CountDirectories());
    }

    [RootFact]
    public async Task Of_two_commits_of_one_name_one_is_done_and_the_other_can_go_on()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.Snapshots.PrepareAsync("a", "");
        await engine.Snapshots.PrepareAsync("b", "");

        Task[] commits = [.. ((string[])["a", "b"]).Select(key => engine.Snapshots.CommitAsync("one", key).AsTask())];
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal(1, commits.Count(commit => commit.IsFaulted));
        string left = (await engine.KeysAsync()).Single(key => key != "one");
        await engine.Snapshots.CommitAsync("two", left);
        Assert.Equal(["one", "two"], await engine.KeysAsync());
    }

    [RootFact]
    public async Task Names_without_files_and_files_without_names_are_removed_at_opening()
    {
        string folder = TestDirectory.Make("engine");
        await using (EngineUnderTest engine = await EngineUnderTest.OpenAsync(folder))
        {
            await engine.LayerAsync("one", "", "a", "1");
            await engine.LayerAsync("two", "one", "b", "2");
            await engine.Snapshots.PrepareAsync("lost", "one");
            await engine.Snapshots.PrepareAsync("kept", "two");
        }
        Directory.Delete(folder + "/root/snapshotters/overlayfs/snapshots/3", recursive: true);
        using (OverlaySnapshotter files = OverlaySnapshotter.Open(new(folder + "/root/snapshotters/overlayfs"))) await files.PrepareAsync("default/99/stray", "");

        await using EngineUnderTest again = await EngineUnderTest.OpenAsync(folder);

        Assert.Equal((0, 1, 1, 0), (again.Engine.Snapshots.Repair.Completed, again.Engine.Snapshots.Repair.Unnamed, again.Engine.Snapshots.Repair.Empty, again.Engine.Snapshots.Repair.Damaged.Count));
        Assert.Equal(["kept", "one", "two"], await again.KeysAsync());
    }

    [RootFact]
    public async Task A_lost_layer_under_others_is_reported_and_what_stands_on_it_is_kept()
    {
        string folder = TestDirectory.Make("engine");
        await using (EngineUnderTest engine = await EngineUnderTest.OpenAsync(folder))
        {
            await engine.LayerAsync("one", "", "a", "1");
            await engine.Snapshots.PrepareAsync("work", "one");
        }
        Directory.Delete(folder + "/root/snapshotters/overlayfs/snapshots/1", recursive: true);

        await using EngineUnderTest again = await EngineUnderTest.OpenAsync(folder);

        Assert.Equal(["default/overlayfs/one"], again.Engine.Snapshots.Repair.Damaged);
        await FailsAsync(ErrorKind.DataLoss, () => again.Snapshots.MountsAsync("work"));
    }

    [RootFact]
    public async Task Preparing_a_snapshot_waits_for_no_disk()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.LayerAsync("one", "", "a", "1");
        await engine.Snapshots.PrepareAsync("warm", "one");
        long[] times = new long[200];
        for (int i = 0; i < times.Length; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            await engine.Snapshots.PrepareAsync($"key {i}", "one");
            times[i] = (long)TimeProvider.System.GetElapsedTime(start).TotalMicroseconds;
        }
        Array.Sort(times);
        TestContext.Current.TestOutputHelper?.WriteLine($"prepare: {times[0]} us at best, {times[times.Length / 2]} us in the middle, {times[times.Length * 9 / 10]} us at 90 %");

        // Loose: the machine may be busy. A sync of a disk for each would take longer on most machines.
        Assert.True(times[0] < 5_000, $"{times[0]} us");
    }

    private static async Task FailsAsync(ErrorKind kind, Func<ValueTask> call) => Assert.Equal(kind, (await Assert.ThrowsAsync<KeelsonException>(async () => await call())).Kind);

    private static async Task FailsAsync(ErrorKind kind, Func<ValueTask<IReadOnlyList<Mount>>> call) => Assert.Equal(kind, (await Assert.ThrowsAsync<KeelsonException>(async () => await call())).Kind);
}
