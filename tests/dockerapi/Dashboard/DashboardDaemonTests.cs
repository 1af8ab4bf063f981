using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>When the daemon has a dashboard, and when it has none.</summary>
public sealed class DashboardDaemonTests(NetworkedDaemon daemon) : IClassFixture<NetworkedDaemon>
{
    /// <summary>State of a socket that listens, in <c>/proc/net/tcp</c>.</summary>
    private const string Listening = " 0A ";

    [ClientFact]
    public void A_daemon_that_was_not_asked_has_none_and_listens_nowhere()
    {
        Assert.False(File.Exists(daemon.Folder + "/state/dashboard"));
        Assert.DoesNotContain("dashboard", daemon.Log, StringComparison.Ordinal);
        foreach (string list in (string[])["tcp", "tcp6"]) Assert.DoesNotContain(File.ReadAllLines($"/proc/{daemon.Pid}/net/{list}"), line => line.Contains(Listening, StringComparison.Ordinal));
    }

    [ClientFact]
    public void A_daemon_that_is_asked_listens_at_one_address_and_takes_its_file_away_in_the_end()
    {
        string folder = TestDirectory.Make("dashboard");
        using ChildProcess process = ChildProcess.Start(["nsenter", "--net=" + daemon.Network, Repository.PublishedDaemon, "--root", folder + "/root", "--state", folder + "/state", "--bridge", "none", "--dashboard", "[::1]:0"]);
        Condition.Await("the dashboard: " + process.Stderr, () => process.HasEnded || File.Exists(folder + "/state/dashboard"));
        Assert.StartsWith("http://[::1]:", File.ReadAllText(folder + "/state/dashboard"), StringComparison.Ordinal);
        string line = Assert.Single(File.ReadAllLines($"/proc/{process.Pid}/net/tcp6"), line => line.Contains(Listening, StringComparison.Ordinal));
        Assert.Contains(" 00000000000000000000000001000000:", line, StringComparison.Ordinal);
        process.Signal(Signals.SIGTERM);
        process.WaitForEnd();
        Assert.False(File.Exists(folder + "/state/dashboard"));
        TestDirectory.Remove(folder);
    }

    [ClientFact]
    public void Each_start_has_another_token_and_the_file_of_a_killed_daemon_goes_with_the_next_start()
    {
        string folder = TestDirectory.Make("dashboard"), file = folder + "/state/dashboard", old = "";
        foreach (bool isAsked in (bool[])[true, true, false])
        {
            string[] option = isAsked ? ["--dashboard", "127.0.0.1:0"] : [];
            using ChildProcess process = ChildProcess.Start(["nsenter", "--net=" + daemon.Network, Repository.PublishedDaemon, "--root", folder + "/root", "--state", folder + "/state", "--bridge", "none", .. option]);
            Condition.Await("the daemon: " + process.Stderr, () => process.HasEnded || process.Stderr.Contains(" serves ", StringComparison.Ordinal));
            Assert.Equal(isAsked, File.Exists(file));
            string token = isAsked ? File.ReadAllText(file).Split('=')[1] : "";
            Assert.NotEqual(old, token);
            old = token;
            process.Signal(Signals.SIGKILL);
            process.WaitForEnd();
        }
        TestDirectory.Remove(folder);
    }

    [ClientFact]
    public void An_address_that_others_reach_is_refused()
    {
        string folder = TestDirectory.Make("dashboard");
        foreach (string address in (string[])["0.0.0.0:0", "[::]:0", "192.0.2.1:80", "/run/dashboard.sock", "localhost:80", ":80"])
            ChildProcess.Run([Repository.PublishedDaemon, "--root", folder + "/root", "--state", folder + "/state", "--bridge", "none", "--dashboard", address]).Fails($"option dashboard: '{address}' is no address of the loopback device");
        TestDirectory.Remove(folder);
    }
}
