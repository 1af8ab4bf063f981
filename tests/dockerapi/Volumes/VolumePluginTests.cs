using System.Text.Json;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Tests.Volumes;

/// <summary>Volumes of a plug-in, with docker's clients.</summary>
public sealed class VolumePluginTests(PluggedDaemon daemon) : IClassFixture<PluggedDaemon>
{
    private const string Docker = "/usr/bin/docker";

    [ClientFact]
    public void Containers_and_their_volumes_outlive_a_daemon_that_is_killed()
    {
        VolumePluginProcess plugin = daemon.Plugin;
        string name = daemon.NewName(), volume = "v-" + name;
        daemon.Run(Docker, "-d", "--name", name, "--volume-driver", "pv", "-v", volume + ":/data", "busybox", "sleep", "1000").Succeeds();
        daemon.KillAndRestart(() => Assert.Equal(1, plugin.Uses(volume)));
        Assert.Equal("pv", daemon.Docker(Docker, "volume", "inspect", "-f", "{{.Driver}}", volume).Succeeds().Stdout.Trim());
        daemon.Docker(Docker, "exec", name, "touch", "/data/still").Succeeds();
        Assert.Equal(1, plugin.Uses(volume));
        // One that ends while there is no daemon.
        int pid = int.Parse(daemon.Docker(Docker, "inspect", "-f", "{{.State.Pid}}", name).Succeeds().Stdout, System.Globalization.CultureInfo.InvariantCulture);
        daemon.KillAndRestart(() => Processes.TryKill(pid, Signals.SIGKILL));
        Condition.Await("the use ends", () => plugin.Uses(volume) == 0);
        daemon.Docker(Docker, "rm", name).Succeeds();
        daemon.Docker(Docker, "volume", "rm", volume).Succeeds();
        Assert.DoesNotContain(volume, plugin.Names);
    }

    [ClientFact]
    public void A_plug_in_that_is_gone_or_hangs_is_told_of_and_keeps_nobody_waiting()
    {
        VolumePluginProcess plugin = daemon.Plugin;
        string name = daemon.NewName(), volume = "v-" + name;
        daemon.Docker(Docker, "volume", "create", "-d", "pv", volume).Succeeds();
        plugin.Rule("""{"VolumeDriver.List": {"hang": true}}""");
        string body = ChildProcess.Run(["curl", "-sS", "--max-time", "20", "--unix-socket", daemon.Folder + "/state/docker.sock", "http://engine/v1.41/volumes"]).Succeeds().Stdout;
        using (JsonDocument answer = JsonDocument.Parse(body))
        {
            Assert.Equal("list volumes of pv: plug-in pv: no answer within 3 s", answer.RootElement.GetProperty("Warnings")[0].GetString());
            Assert.Contains(answer.RootElement.GetProperty("Volumes").EnumerateArray(), shown => shown.GetProperty("Name").GetString() == volume);
        }
        plugin.Rule("{}");
        plugin.Kill();
        daemon.Docker(Docker, "volume", "inspect", volume).Fails("plugin \"pv\" not found");
        daemon.Docker(Docker, "volume", "rm", volume).Fails("plugin \"pv\" not found");
        daemon.Run(Docker, "--rm", "-v", volume + ":/data", "busybox:latest", "true").Fails("plugin \"pv\" not found");
        daemon.Docker(Docker, "volume", "rm", "-f", volume).Succeeds();
        plugin.Start();
        // The plug-in has it still, and whoever asks is shown it.
        Assert.Contains(volume, daemon.Docker(Docker, "volume", "ls", "-q").Succeeds().Lines);
        daemon.Docker(Docker, "volume", "rm", volume).Succeeds();
        Assert.DoesNotContain(volume, plugin.Names);
    }

    [ClientFact]
    public void A_snapshot_of_a_volume_is_made_while_its_container_pauses_and_is_brought_back()
    {
        string keelson = Repository.PublishedCli, name = daemon.NewName(), volume = "s-" + name;
        Assert.SkipUnless(File.Exists(keelson), "needs the published keelson");
        daemon.Run(Docker, "-d", "--name", name, "-v", volume + ":/data", "busybox", "sh", "-c", "echo one > /data/f; sleep 1000").Succeeds();
        Condition.Await("the file", () => daemon.Docker(Docker, "exec", name, "cat", "/data/f").ExitCode == 0);
        string made = daemon.Docker(keelson, "volume", "snapshot", "--label", "a=b", volume).Succeeds().Stdout.Trim();
        Assert.Matches($@"^{volume}\.\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\dZ$", made);
        Assert.Equal("running", daemon.Docker(Docker, "inspect", "-f", "{{.State.Status}}", name).Succeeds().Stdout.Trim());
        Assert.Equal(["pause", "unpause"], daemon.Docker(Docker, "events", "--since", "10m", "--until", PluggedDaemon.Now, "--filter", "container=" + name, "--filter", "event=pause", "--filter", "event=unpause", "--format", "{{.Action}}").Succeeds().Lines);
        daemon.Docker(Docker, "exec", name, "sh", "-c", "echo two > /data/f").Succeeds();
        daemon.Docker(keelson, "volume", "restore", made, volume).Fails("containers that run use the volume");
        daemon.Docker(Docker, "stop", "-t", "0", name).Succeeds();
        Assert.Equal(volume, daemon.Docker(keelson, "volume", "restore", made, volume).Succeeds().Stdout.Trim());
        Assert.Equal("one", daemon.Run(Docker, "--rm", "-v", volume + ":/data", "busybox", "cat", "/data/f").Succeeds().Stdout.Trim());
        daemon.Docker(Docker, "volume", "create", "--opt", "keelson.from=" + made, made).Fails("it cannot be a copy of itself");
        daemon.Docker(Docker, "rm", name).Succeeds();
        daemon.Docker(Docker, "volume", "rm", volume, made).Succeeds();
        // With events of their own.
        Assert.Equal("restore " + volume, daemon.Docker(Docker, "events", "--since", "10m", "--until", PluggedDaemon.Now, "--filter", "event=restore", "--filter", "volume=" + volume, "--format", "{{.Action}} {{.Actor.ID}}").Succeeds().Stdout.Trim());
    }
}
