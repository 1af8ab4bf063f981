namespace Keelson.Cli.Tests;

/// <summary>The same command lines for keelson and for docker 20.10's client: output and exit code are the same, character by character.</summary>
[Collection<EngineCollection>]
public class ComparisonTests(EngineUnderTest engine) : IAsyncLifetime
{
    /// <summary>Containers to be told of: one that runs, one that has ended.</summary>
    public async ValueTask InitializeAsync()
    {
        if (EngineUnderTest.Missing is not null || (await engine.DockerAsync("inspect", "shown")).ExitCode == 0) return;
        (await engine.KeelsonAsync("run", "--detach", "--name", "shown", "--label", "com.example.role=web", "--label", "x=1", "--volume", "shownvolume:/data", "--volume", "/run:/host:ro",
            "--publish", "127.0.0.1:8080:80", "--publish", "90-92", "--expose", "7000/udp", "--memory", "64m", "--env", "A=b=c", "--hostname", "shown",
            EngineUnderTest.Image, "sh", "-c", "echo one; echo two >&2; echo 'three <&>'; exec sleep 1000")).Succeeds();
        (await engine.KeelsonAsync("run", "--name", "ended", "--network", "host", EngineUnderTest.Image, "sh", "-c", "echo \"a\tb\"; touch /new; rm /etc/plain; exit 3")).Exits(3);
        (await engine.KeelsonAsync("tag", EngineUnderTest.Image, "localhost:5000/other/name:v1")).Succeeds();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [CliTheory]
    [InlineData("ps")]
    [InlineData("ps -a")]
    [InlineData("ps -aq")]
    [InlineData("ps -a --no-trunc")]
    [InlineData("ps -as")]
    [InlineData("ps -n 1")]
    [InlineData("ps -l -q --no-trunc")]
    [InlineData("ps -a --filter status=exited --filter exited=3")]
    [InlineData("ps --filter label=x=1 -q")]
    [InlineData("container ls -a --filter name=ended")]
    [InlineData("images")]
    [InlineData("images --digests")]
    [InlineData("images -q --no-trunc")]
    [InlineData("images busybox")]
    [InlineData("images busybox:nope")]
    [InlineData("image ls --filter reference=localhost:5000/*/*")]
    [InlineData("inspect shown ended busybox:test bridge shownvolume")]
    [InlineData("container inspect shown")]
    [InlineData("container inspect -s ended")]
    [InlineData("image inspect busybox:test")]
    [InlineData("image inspect shown")]
    [InlineData("volume inspect shownvolume")]
    [InlineData("inspect --type volume shown")]
    [InlineData("inspect nope shown")]
    [InlineData("history busybox:test")]
    [InlineData("history --no-trunc -q busybox:test")]
    [InlineData("history -H=false busybox:test")]
    [InlineData("port shown")]
    [InlineData("port shown 80")]
    [InlineData("port shown 81")]
    [InlineData("diff ended")]
    [InlineData("top shown")]
    [InlineData("top shown -o pid,args")]
    [InlineData("logs shown")]
    [InlineData("logs --tail 1 shown")]
    [InlineData("logs -t ended")]
    [InlineData("logs --since 2001-01-01T00:00:00 --until 2001-01-02 shown")]
    [InlineData("wait ended")]
    [InlineData("volume ls")]
    [InlineData("volume ls -q --filter dangling=false")]
    [InlineData("network ls")]
    [InlineData("network ls -q --no-trunc")]
    [InlineData("system df")]
    [InlineData("exec shown sh -c exit\\ 9")]
    [InlineData("exec shown cat /proc/1/cmdline")]
    [InlineData("exec shown nowhere")]
    [InlineData("exec ended true")]
    [InlineData("exec -w /etc -e X=1 -u app shown sh -c pwd;\\ id;\\ echo\\ $X")]
    public Task A_command_prints_and_returns_the_same(string line) => engine.SameAsync(Split(line));

    [CliTheory]
    [InlineData("ps -a --format", "{{.ID}}: {{.Names}} {{.Image}} {{.Command}}")]
    [InlineData("ps -a --format", "table {{.Names}}\\t{{.Label \"com.example.role\"}}\\t{{.Labels}}\\t{{.Ports}}")]
    [InlineData("ps -a --no-trunc --format", "table {{.ID}}\\t{{.Mounts}}\\t{{.LocalVolumes}}\\t{{.Networks}}\\t{{.State}}")]
    [InlineData("ps -a --format", "{{.CreatedAt}} {{.Size}}")]
    [InlineData("ps -a --format", "{{json .}}")]
    [InlineData("ps -a --format", "{{json .Names}} {{upper .Image}} {{lower .Names}} {{title .State}} {{pad .ID 2 3}}|{{truncate .ID 3}}")]
    [InlineData("ps -a --format", "{{range $i, $p := split .Image \":\"}}{{if $i}},{{end}}{{$p}}{{end}}")]
    [InlineData("ps -a --format", "{{if eq .State \"running\"}}up{{else if .Names}}down{{end}} {{- /* gone */ -}} {{len .Names}}")]
    [InlineData("images --format", "table {{.Repository}}\\t{{.Tag}}\\t{{.Digest}}\\t{{.CreatedAt}}\\t{{.VirtualSize}}\\t{{.SharedSize}}\\t{{.Containers}}")]
    [InlineData("images --format", "{{json .}}")]
    [InlineData("history --format", "{{.ID}} {{.CreatedAt}} {{.CreatedBy}} {{.Size}}", "busybox:test")]
    [InlineData("inspect -f", "{{.State.Running}} {{.HostConfig.Memory}} {{.HostConfig.NanoCPUs}} [{{.Config.StopSignal}}] {{.ID}}", "shown")]
    [InlineData("inspect -f", "{{.HostConfig.Binds}} {{.Config.Entrypoint}} {{.Args}} {{.Config.Env}} {{.Config.Labels}} {{.ExecIDs}}", "shown")]
    [InlineData("inspect -f", "{{.Config.Healthcheck}} {{.HostConfig.PidsLimit}} {{.HostConfig.OomKillDisable}} {{.Config.OnBuild}}", "shown")]
    [InlineData("inspect -f", "{{json .Config}}{{json .HostConfig}}{{json .NetworkSettings.Ports}}{{json .Mounts}}", "shown")]
    [InlineData("inspect -f", "{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}}; {{end}}{{range $p, $b := .NetworkSettings.Ports}}{{$p}}={{range $b}}{{.HostIp}}:{{.HostPort}}{{else}}none{{end}} {{end}}", "shown")]
    [InlineData("inspect -f", "{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}} {{index .Config.Labels \"x\"}} {{index .Args 0}} {{slice .Id 0 4}}", "shown")]
    [InlineData("inspect -f", "{{with .State}}{{.Status}} {{.ExitCode}}{{end}} {{and .Name .Driver}} {{or .Config.Domainname \"none\"}} {{not .State.Paused}} {{ne .State.ExitCode 0}}", "ended")]
    [InlineData("inspect -f", "{{printf \"%s|%-8s|%5d|%q|%t\" .Name .Driver .RestartCount .State.Status .State.Running}}{{println 1 2}}{{print \"a\" 1 2 \"b\"}}", "ended")]
    [InlineData("inspect -f", "{{$x := .Name}}{{$x}} {{.Name | printf \"%s-%s\" \"a\"}} {{len .Config.Env}} {{lt 1 2}} {{ge .State.ExitCode 3}}", "ended")]
    [InlineData("inspect -f", "{{.Nope}}", "ended")]
    [InlineData("inspect -f", "{{.RootFS.Type}} {{len .RootFS.Layers}} {{.RepoTags}} {{.Config.Cmd}} {{.Os}}/{{.Architecture}} {{.Variant}} {{.Size}}", "busybox:test")]
    [InlineData("volume ls --format", "{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Labels}}")]
    [InlineData("network ls --format", "table {{.Name}}\\t{{.Driver}}\\t{{.Scope}}\\t{{.IPv6}}\\t{{.Internal}}")]
    [InlineData("version --format", "{{.Server.Version}} {{.Server.APIVersion}} {{range .Server.Components}}{{.Name}} {{end}}")]
    [InlineData("info --format", "{{.Driver}} {{.CgroupDriver}} {{.ServerVersion}} {{json .SecurityOptions}} {{.NCPU}} {{.MemTotal}} {{.Swarm.LocalNodeState}}")]
    [InlineData("system df --format", "{{.Type}}: {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}")]
    public async Task A_format_prints_the_same(string line, string format, string? last = null)
    {
        string[] arguments = last is null ? [.. Split(line), format] : [.. Split(line), format, last];
        CommandResult theirs = await engine.DockerAsync(arguments);
        if (theirs.ExitCode == 0) await engine.SameAsync(arguments);
        else (await engine.KeelsonAsync(arguments)).Exits(1).Fails("Nope");
    }

    [CliFact]
    public async Task What_is_written_to_standard_error_comes_from_there()
    {
        CommandResult ours = (await engine.KeelsonAsync("logs", "shown")).Succeeds();
        Assert.Equal(("one\nthree <&>\n", "two\n"), (ours.Stdout, ours.Stderr));
    }

    [CliFact]
    public async Task Events_are_told_in_the_same_lines()
    {
        string since = $"{DateTimeOffset.UnixEpoch.AddTicks(TimeProvider.System.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks).ToUnixTimeSeconds()}";
        string name = await engine.StartIdleAsync("--label", "b=2", "--label", "a=1");
        await engine.RemoveAsync(name);
        string until = $"{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1}";
        await engine.SameAsync("events", "--since", since, "--until", until, "--filter", "container=" + name);
        await engine.SameAsync("events", "--since", since, "--until", until, "--filter", "container=" + name, "--format", "{{.Type}} {{.Action}} {{.Actor.ID}} {{json .}}");
    }

    [CliFact]
    public async Task Statistics_have_the_same_columns()
    {
        CommandResult ours = (await engine.KeelsonAsync("stats", "--no-stream", "shown")).Succeeds(), theirs = (await engine.DockerAsync("stats", "--no-stream", "shown")).Succeeds();
        Assert.Equal(theirs.Lines[0].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), ours.Lines[0].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        await engine.SameAsync("stats", "--no-stream", "--format", "{{.ID}} {{.Name}} {{.PIDs}} {{.Container}}", "shown");
    }

    /// <summary>Words apart by blanks; a blank with a backslash belongs to its word.</summary>
    private static string[] Split(string line) => [.. line.Replace("\\ ", "\0", StringComparison.Ordinal).Split(' ').Select(word => word.Replace('\0', ' '))];
}
