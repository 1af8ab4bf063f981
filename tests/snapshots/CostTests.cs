using System.Diagnostics;

namespace Keelson.Snapshots.Tests;

/// <summary>What a snapshot costs: changes of the disk exactly, and the time for those who look at it.</summary>
public sealed class CostTests(ITestOutputHelper output)
{
    [RootFact]
    public async Task A_snapshot_is_eight_changes_of_the_disk_and_one_sync_of_the_index()
    {
        const int Rounds = 1000;
        string root = TestDirectory.Make("cost");
        List<string> changes = [];
        using (OverlaySnapshotter snapshotter = OverlaySnapshotter.Open(new(root) { Step = changes.Add }))
        {
            await snapshotter.PrepareAsync("a", "");
            changes.Clear();
            await snapshotter.PrepareAsync("b", "");
            await snapshotter.CommitAsync("c", "b");
            Assert.Equal(["make new-", "make new-/fs", "make new-/work", "rename new-", "append to the index", "sync the layer", "append to the index", "sync the index"], changes);

            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Rounds; i++)
            {
                await snapshotter.PrepareAsync("x", "c");
                await snapshotter.CommitAsync($"c{i}", "x");
            }
            output.WriteLine($"prepare and commit: {Stopwatch.GetElapsedTime(start).TotalMicroseconds / Rounds:F0} us");
        }
        TestDirectory.Remove(root);
    }
}
