using System.Text.RegularExpressions;

namespace Keelson.DockerApi.Tests.Volumes;

/// <summary>The same life of a plug-in's volumes with our daemon and with dockerd 20.10.</summary>
public sealed partial class VolumePluginComparisonTests(PluggedDaemon daemon, DockerdBeside dockerd) : IClassFixture<PluggedDaemon>, IClassFixture<DockerdBeside>
{
    private const string Docker = "/usr/bin/docker";

    [ClientFact]
    public void The_plug_in_is_asked_the_same_and_clients_are_told_the_same_as_by_dockerd()
    {
        Assert.SkipUnless(DockerdBeside.Missing is null, DockerdBeside.Missing ?? "");
        using VolumePluginProcess other = new();
        dockerd.Start(daemon.TreeArchive, other.Sockets);
        List<string> ours = Live(words => daemon.Docker(Docker, words), daemon.Plugin), theirs = Live(words => dockerd.Docker(words), other);
        Assert.Equal(theirs, ours);
        Assert.Equal(Asked(other), Asked(daemon.Plugin));
        Assert.Equal(other.Names, daemon.Plugin.Names);
        // Something was asked at all.
        Assert.InRange(other.Changes.Length, 20, 60);
    }

    /// <summary>What a plug-in was asked; of several of one kind in a row in any order, as dockerd takes the mounts of a container.</summary>
    private static List<string> Asked(VolumePluginProcess plugin)
    {
        List<string> asked = [.. plugin.Changes.Select(change => Identity().Replace(change, "ID"))];
        for (int from = 0, to; from < asked.Count; from = to)
        {
            string kind = asked[from].Split(' ')[0];
            for (to = from + 1; to < asked.Count && asked[to].Split(' ')[0] == kind;) to++;
            asked.Sort(from, to - from, StringComparer.Ordinal);
        }
        return asked;
    }

    private static List<string> Live(Func<string[], CommandResult> docker, VolumePluginProcess plugin)
    {
        List<string> seen = [];
        void Do(params string[] words)
        {
            CommandResult result = docker(words);
            // dockerd takes the mounts of a container in any order.
            if (words[0] == "events") result = result with { Stdout = string.Join('\n', result.Lines.Select(line => Identity().Replace(line, "ID")).Order(StringComparer.Ordinal)) };
            seen.Add($"{string.Join(' ', words.Where(word => word.Length == 0 || !char.IsAsciiDigit(word[0])))} = {result.ExitCode}\n{Identity().Replace((result.Stdout + result.Stderr).Replace(plugin.Volumes, "VOLUMES", StringComparison.Ordinal), "ID")}");
        }
        string[] run = ["run", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name];
        string[] list = ["volume", "ls", "--format", "{{.Driver}} {{.Name}} {{.Scope}} {{.Labels}}"];
        Do("volume", "create", "-d", "pv", "--opt", "a=b", "--label", "l=m", "one");
        Do(list);
        Do("volume", "inspect", "one");
        Do("volume", "create", "-d", "pv", "one");
        Do("volume", "create", "one");
        Do([.. run, "--rm", "-v", "one:/tmp", "busybox:latest", "ls", "/tmp"]);
        Do([.. run, "--rm", "--volume-driver", "pv", "-v", "two:/none", "busybox:latest", "ls", "/none"]);
        Do([.. run, "--rm", "--mount", "type=volume,source=three,target=/tmp,volume-driver=pv,volume-opt=x=y,volume-label=q=r", "busybox:latest", "touch", "/tmp/f"]);
        Do([.. run, "--rm", "--mount", "type=volume,source=three,target=/tmp,readonly,volume-nocopy", "busybox:latest", "ls", "/tmp"]);
        Do([.. run, "-d", "--name", "c1", "-v", "one:/data:ro", "busybox:latest", "sleep", "1000"]);
        Do([.. run, "-d", "--name", "c2", "-v", "one:/data", "-v", "one:/more", "busybox:latest", "sleep", "1000"]);
        Do("inspect", "-f", "{{json .Mounts}}", "c1");
        Do("volume", "inspect", "one", "three");
        Do("volume", "rm", "two", "three");
        Do("rm", "-f", "c1");
        Do("volume", "rm", "one");
        Do("rm", "-f", "c2");
        Directory.CreateDirectory(plugin.Volumes + "/legacy");
        Do(list);
        Do("volume", "ls", "-q", "-f", "driver=pv", "-f", "dangling=true");
        Do("volume", "ls", "-q", "-f", "driver=local");
        Do("volume", "inspect", "legacy");
        Do([.. run, "--rm", "-v", "legacy:/data", "busybox:latest", "ls", "/data"]);
        Do([.. run, "--name", "c3", "-v", "/tmp", "--volume-driver", "pv", "busybox:latest", "true"]);
        Do("system", "df", "--format", "{{.Type}} {{.TotalCount}}");
        Do("rm", "-v", "c3");
        Do("volume", "create", "-d", "pv", "with space");
        Do("volume", "rm", "with space");
        Do("volume", "prune", "-f");
        Do("volume", "rm", "one", "legacy");
        Do("volume", "rm", "nosuch");
        Do("volume", "rm", "-f", "nosuch");
        Do("volume", "inspect", "nosuch");
        Do("volume", "create", "-d", "nosuch", "x");
        Do(list);
        Do("info", "-f", "{{json .Plugins.Volume}}");
        foreach (string action in (string[])["mount", "unmount", "destroy"])
            Do("events", "--since", "10m", "--until", PluggedDaemon.Now, "--filter", "type=volume", "--filter", "event=" + action, "--format", "{{.Action}} {{.Actor.ID}} {{json .Actor.Attributes}}");
        return seen;
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Identity();
}
