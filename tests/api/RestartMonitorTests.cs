namespace Keelson.Api.Tests;

/// <summary>Containers with restart labels. The daemons under test look twice a second.</summary>
public class RestartMonitorTests
{
    private const string Status = "containerd.io/restart.status", Policy = "containerd.io/restart.policy";

    [DaemonFact]
    public void A_task_that_should_run_is_started_again_and_counted_and_its_output_kept()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string log = daemon.Folder + "/log";
        Make(daemon, "box", "echo ran; sleep 0.2; exit 1", $"{Status}=running", $"containerd.io/restart.loguri=file://{log}");

        Condition.Await("two starts", () => File.Exists(log) && File.ReadAllLines(log).Length >= 2);

        Assert.Matches("\"containerd.io/restart.count\": \"[2-9]\"", daemon.CtrHere("containers", "info", "box").Succeeds().Stdout);
        daemon.CtrHere("containers", "label", "box", $"{Status}=stopped").Succeeds();
        Remove(daemon, "box");
    }

    [DaemonFact]
    public void On_failure_ends_after_so_many_tries_and_after_success()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Make(daemon, "fails", "exit 1", $"{Policy}=on-failure:2", $"{Status}=running");
        Make(daemon, "works", "exit 0", $"{Policy}=on-failure", $"{Status}=running");

        Condition.Await("two tries", () => Count(daemon, "fails") == "2");
        TestContainers.AwaitStatus(daemon, "fails", "STOPPED");

        // Another container shows that the monitor has looked since.
        Make(daemon, "later", "exit 1", $"{Status}=running");
        Condition.Await("the other one", () => Count(daemon, "later").Length > 0);
        Assert.Equal(("2", ""), (Count(daemon, "fails"), Count(daemon, "works")));
        daemon.CtrHere("containers", "label", "later", $"{Status}=stopped").Succeeds();
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public void One_that_was_stopped_on_purpose_stays_and_one_that_should_not_run_is_ended()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Make(daemon, "stays", "exit 1", $"{Status}=running", $"{Policy}=unless-stopped", "containerd.io/restart.explicitly-stopped=true");
        Make(daemon, "never", "exit 1", $"{Status}=running", $"{Policy}=no");
        TestContainers.Sleep(daemon, TestContainers.Own, "ends");
        daemon.CtrHere("containers", "label", "ends", $"{Status}=stopped").Succeeds();

        Condition.Await("the end", () => TestContainers.Status(daemon, "ends") is "" or "STOPPED");

        Assert.Equal(("", ""), (Count(daemon, "stays"), Count(daemon, "never")));
        TestContainers.RemoveAll(daemon);
    }

    /// <summary>A container that ran once before it got its labels: the monitor then finds how it ended.</summary>
    private static void Make(DaemonUnderTest daemon, string id, string script, params string[] labels)
    {
        daemon.CtrHere(TestContainers.Run(TestContainers.Own, ["--detach"], id, "sh", "-c", script)).Succeeds();
        TestContainers.AwaitStatus(daemon, id, "STOPPED");
        daemon.CtrHere(["containers", "label", id, .. labels]).Succeeds();
    }

    private static string Count(DaemonUnderTest daemon, string id)
    {
        System.Text.RegularExpressions.Match match = System.Text.RegularExpressions.Regex.Match(daemon.CtrHere("containers", "info", id).Succeeds().Stdout, "\"containerd.io/restart.count\": \"(\\d+)\"");
        return match.Success ? match.Groups[1].Value : "";
    }

    private static void Remove(DaemonUnderTest daemon, string id) => Condition.Await("the container goes", () =>
    {
        daemon.CtrHere("tasks", "delete", "--force", id);
        return daemon.CtrHere("containers", "rm", id).ExitCode == 0;
    });
}
