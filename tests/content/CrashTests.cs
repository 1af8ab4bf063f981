using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Content.Tests;

/// <summary>A life of a store is ended at every change that it makes to the disk.</summary>
public sealed class CrashTests
{
    /// <summary>Set for the process that is to be killed: the store's directory and the change at which it dies.</summary>
    internal const string ChildVariable = "KEELSON_CONTENT_CRASH";

    /// <summary>What that process does.</summary>
    internal static Task LiveAndDieAsync(string[] words)
    {
        FaultDisk disk = new(int.Parse(words[1], CultureInfo.InvariantCulture), isHalfWritten: true, static () => _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL));
        return LiveAsync(words[0], disk, done => File.AppendAllText(words[0] + ".steps", string.Create(CultureInfo.InvariantCulture, $"{done}\n")));
    }

    [Fact]
    public async Task Kill_9_of_the_process_leaves_each_acknowledged_step_and_nothing_else()
    {
        (List<string> expected, int changes) = await ExpectedAsync();
        // A process takes its time to start; the tests below stop at every change.
        List<int> places = [.. Enumerable.Range(0, (changes + 3) / 4).Select(i => 1 + i * 4)];
        int killed = 0;
        await Parallel.ForEachAsync(places, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (place, _) =>
        {
            string root = TestDirectory.Make("killed");
            Dictionary<string, string> environment = new() { [ChildVariable] = string.Create(CultureInfo.InvariantCulture, $"{root} {place}") };
            if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime) environment["DOTNET_ROOT"] = runtime;
            CommandOptions options = new() { Environment = environment };
            CommandResult result = await Task.Run(() => ChildProcess.Run([Environment.ProcessPath!], options), CancellationToken.None);
            if (result.ExitCode == 128 + Signals.SIGKILL) Interlocked.Increment(ref killed);
            else Assert.True(result.ExitCode == 0, result.Stderr);
            int done = File.Exists(root + ".steps") ? int.Parse((await File.ReadAllLinesAsync(root + ".steps", CancellationToken.None))[^1], CultureInfo.InvariantCulture) : 0;
            await CrashScenario.CheckAsync(root, expected, done, $"at change {place}");
            TestDirectory.Remove(root);
            File.Delete(root + ".steps");
        });
        // Checkpoints run beside the steps, so a life may end a few changes earlier than the first one did.
        Assert.InRange(killed, places.Count - 5, places.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_at_every_change_leaves_each_acknowledged_step_and_nothing_else(bool isHalfWritten)
    {
        (List<string> expected, int changes) = await ExpectedAsync();
        for (int place = 1; place <= changes; place++)
        {
            string root = TestDirectory.Make("stopped");
            int done = await StopAsync(root, new FaultDisk(place, isHalfWritten));
            await CrashScenario.CheckAsync(root, expected, done, $"at change {place}");
            TestDirectory.Remove(root);
        }
    }

    [Fact]
    public async Task A_loss_of_power_at_every_change_leaves_each_acknowledged_step_and_nothing_else()
    {
        (List<string> expected, int changes) = await ExpectedAsync();
        for (int place = 1; place <= changes; place++)
            for (int seed = 0; seed < 4; seed++)
            {
                string root = TestDirectory.Make("cut");
                PowerCutDisk disk = new(place);
                int done = await StopAsync(root, disk);
                disk.CutPower(root, seed == 0 ? null : new Random(place * 10 + seed));
                await CrashScenario.CheckAsync(root, expected, done, $"at change {place}, seed {seed}", isPowerCut: true);
                TestDirectory.Remove(root);
            }
    }

    /// <summary>What one sees after each step when nothing goes wrong, and how many changes of the disk that takes.</summary>
    private static async Task<(List<string> Facts, int Changes)> ExpectedAsync()
    {
        string root = TestDirectory.Make("whole");
        FaultDisk disk = new(int.MaxValue, isHalfWritten: false);
        List<string> facts = await CrashScenario.ExpectedAsync(root, disk);
        Assert.NotEmpty(Directory.GetFiles(root + "/metadata", "checkpoint-*"));
        TestDirectory.Remove(root);
        return (facts, disk.Steps);
    }

    private static async Task<int> StopAsync(string root, FaultDisk disk)
    {
        int done = 0;
        try
        {
            await LiveAsync(root, disk, steps => done = steps);
        }
        catch (KeelsonException) when (disk.IsStopped)
        {
            // The end of this life.
        }
        return done;
    }

    private static async Task LiveAsync(string root, Disk disk, Action<int> acknowledge)
    {
        await using MetadataDatabase database = MetadataDatabase.Open(CrashScenario.Options(root, disk));
        for (int step = 0; step < CrashScenario.Steps.Length; step++)
        {
            await CrashScenario.Steps[step](database);
            acknowledge(step + 1);
        }
    }
}
