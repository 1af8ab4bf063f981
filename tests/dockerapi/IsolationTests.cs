using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Tests;

/// <summary>What keeps containers, shims and the users of the host apart, on the published daemon.</summary>
public sealed class IsolationTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    [ClientFact]
    public void A_shim_that_hangs_does_not_block_ps_nor_other_containers()
    {
        string docker = DaemonWithClients.Clients[0], hung = daemon.NewName(), other = daemon.NewName();
        daemon.Run(docker, "-d", "--name", hung, "busybox", "sleep", "1000").Succeeds();
        int pid = int.Parse(daemon.Docker(docker, "inspect", "-f", "{{.State.Pid}}", hung).Text, CultureInfo.InvariantCulture);
        int shim = int.Parse(File.ReadAllLines($"/proc/{pid}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..], CultureInfo.InvariantCulture);
        Processes.TryKill(shim, Signals.SIGSTOP).ThrowIfError("stop", "shim");
        try
        {
            daemon.Run(docker, "-d", "--name", other, "busybox", "sleep", "1000").Succeeds();
            Assert.Equal([other, hung], daemon.Docker(docker, "ps", "--format", "{{.Names}}").Succeeds().Lines);
            Assert.Equal("in", daemon.Docker(docker, "exec", other, "echo", "in").Succeeds().Text);
            daemon.Docker(docker, "rm", "-f", other).Succeeds();
            Assert.Equal("true", daemon.Docker(docker, "inspect", "-f", "{{.State.Running}}", hung).Text);
        }
        finally
        {
            Processes.TryKill(shim, Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        Assert.Equal("back", daemon.Docker(docker, "exec", hung, "echo", "back").Succeeds().Text);
        daemon.Docker(docker, "rm", "-f", hung).Succeeds();
    }

    [ClientFact]
    public void CVE_2021_41091_2021_41103_and_2024_25621_nobody_else_reaches_anything_in_the_daemons_directories()
    {
        string docker = DaemonWithClients.Clients[0], name = daemon.NewName();
        daemon.Run(docker, "-d", "--name", name, "--ipc", "shareable", "-v", "data:/data", "busybox", "sh", "-c", "busybox cp /bin/busybox /data/su; busybox chmod 4755 /data/su; echo ready; exec sleep 1000").Succeeds();
        Condition.Await("the file is there", () => daemon.Docker(docker, "logs", name).Stdout.Contains("ready", StringComparison.Ordinal));
        foreach (string directory in daemon.Directories)
        {
            // All that root finds and another user can open: the way through, and nothing that could be read or listed.
            CommandResult seen = ChildProcess.Run(["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "find", directory]);
            Assert.DoesNotContain(seen.Lines, line => line != directory);
            string[] open = ChildProcess.Run(["sh", "-c", $"cd {directory} && setpriv --reuid 1000 --regid 1000 --clear-groups xargs -0 -a \"$0\" sh -c 'for f; do if test -r \"$f\" || test -w \"$f\"; then echo \"$f\"; fi; done' sh", List(directory)]).Succeeds().Lines;
            Assert.Empty(open);
        }
        daemon.Docker(docker, "rm", "-f", name).Succeeds();
        daemon.Docker(docker, "volume", "rm", "data").Succeeds();
    }

    private string List(string directory)
    {
        string list = daemon.NewPath("list");
        ChildProcess.Run(["sh", "-c", $"find {directory} -xdev -not -type l -print0 > {list}; chmod 644 {list}"]).Succeeds();
        return list;
    }
}
