using Keelson.Linux.Sys;

namespace Keelson.Api.Tests;

/// <summary>Daemons and shims that are killed in the midst of a container's life. Where the kill falls moves on with each round, so that every step is met.</summary>
public class KilledDaemonTests
{
    private const int Rounds = 24, StepMicroseconds = 7000;

    [DaemonFact]
    public void A_daemon_that_is_killed_at_any_moment_of_a_run_finds_all_or_nothing_of_it()
    {
        string folder = TestDirectory.Make("keelsond");
        for (int round = 0; round < Rounds; round++)
        {
            using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
            {
                using ChildProcess run = daemon.StartCtr(["--namespace", daemon.Space, .. TestContainers.Run(TestContainers.Own, ["--rm"], "box", "sh", "-c", "sleep 0.03")]);
                Clock.Pause(round * StepMicroseconds);
                daemon.Kill();
            }
            using DaemonUnderTest again = DaemonUnderTest.Start(folder);
            Consistent(again, folder, round);
        }
    }

    [DaemonFact]
    public void A_shim_that_is_killed_at_any_moment_of_a_run_leaves_nothing()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        for (int round = 0; round < Rounds; round++)
        {
            TestContainers.Sleep(daemon, TestContainers.Own, "first");
            int shim = TestContainers.Processes("-socket ").Single(pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains(daemon.Address, StringComparison.Ordinal));
            using ChildProcess run = daemon.StartCtr(["--namespace", daemon.Space, .. TestContainers.Run(TestContainers.Own, ["--rm"], "box", "sh", "-c", "sleep 0.03")]);
            Clock.Pause(round * StepMicroseconds);
            Linux.Sys.Processes.TryKill(shim, Signals.SIGKILL);
            Condition.Await("the first task goes", () => TestContainers.Status(daemon, "first").Length == 0);
            Condition.Await("ctr ends", () => run.HasEnded);
            Consistent(daemon, daemon.Folder, round);
        }
    }

    /// <summary>A task is either known and can be ended, or nothing of it is there; and a new one of the same name runs.</summary>
    private static void Consistent(DaemonUnderTest daemon, string folder, int round)
    {
        string bundles = daemon.State + "/io.containerd.runtime.v2.task/" + daemon.Space;
        TestContainers.RemoveAll(daemon);
        Condition.Await($"round {round}: no bundle is left; {daemon.Log}", () => !Directory.Exists(bundles) || Directory.GetFileSystemEntries(bundles).Length == 0);
        Assert.Empty(daemon.CtrHere("tasks", "ls", "-q").Succeeds().Text);
        Assert.DoesNotContain(folder, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        daemon.CtrHere(TestContainers.Run(TestContainers.Own, ["--rm"], "box", "true")).Succeeds();
    }
}
