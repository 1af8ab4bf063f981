namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: <c>docker exec</c> into a running container.</summary>
public abstract class DockerExecTests(DockerdFixture docker)
{
    [DockerFact]
    public async Task Exec_prints_what_the_command_prints_and_returns_its_status()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        CommandResult exec = (await container.ShellAsync("echo out; echo err >&2; exit 9")).Exits(9);
        Assert.Equal(("out\n", "err\n"), (exec.Stdout, exec.Stderr));
    }

    [DockerFact]
    public async Task Exec_joins_the_container()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--hostname", "inside");
        (await container.ShellAsync("hostname; cat /proc/1/comm; readlink /proc/self/ns/* | sort | uniq > /tmp/a; readlink /proc/1/ns/* | sort | uniq > /tmp/b; cmp /tmp/a /tmp/b"))
            .Prints("inside\nsleep");
        (await container.ShellAsync("cat /proc/self/cgroup > /tmp/a; cat /proc/1/cgroup > /tmp/b; cmp /tmp/a /tmp/b")).Succeeds();
    }

    [DockerFact]
    public async Task Exec_has_the_capabilities_and_the_seccomp_filter_of_the_container()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        (await container.ShellAsync("grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|Seccomp):' /proc/self/status > /tmp/a; grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|Seccomp):' /proc/1/status > /tmp/b; diff /tmp/a /tmp/b"))
            .Prints("");
    }

    [DockerFact]
    public async Task Exec_reads_standard_input()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        (await docker.PipeAsync("one\ntwo\n", "exec", "-i", container.Name, "wc", "-l")).Prints("2");
    }

    [DockerFact]
    public async Task Exec_takes_environment_working_directory_and_user()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--env", "FROM=run");
        (await docker.CliAsync("exec", "--env", "WITH=exec", "--workdir", "/var", "--user", "app:audio", container.Name, "sh", "-c", "echo $FROM $WITH; pwd; id"))
            .Prints("run exec\n/var\nuid=1000(app) gid=29(audio) groups=29(audio)");
    }

    [DockerFact]
    public async Task Exec_of_a_user_takes_the_groups_of_the_image()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        (await docker.CliAsync("exec", "--user", "app", container.Name, "id")).Prints("uid=1000(app) gid=1000(app) groups=29(audio),1000(app)");
    }

    [DockerFact]
    [Reference("runc", Reasons.AllCapabilities)]
    public async Task A_privileged_exec_has_more_capabilities_than_the_container()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        (await docker.CliAsync("exec", "--privileged", container.Name, "sed", "-n", "s/^CapEff:\t//p", "/proc/self/status")).Prints(await docker.AllCapabilitiesAsync(37));
    }

    [DockerFact]
    public async Task A_detached_exec_goes_on()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        (await docker.CliAsync("exec", "--detach", container.Name, "sh", "-c", "echo done > /tmp/file")).Prints("");
        await Eventually.PrintsAsync("done", () => container.ExecAsync("cat", "/tmp/file"));
    }

    [DockerFact]
    public async Task What_an_exec_leaves_behind_is_reaped_by_the_containers_init()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--init");
        (await container.ShellAsync("sh -c 'sleep 0.01 & sleep 0.01 &'")).Succeeds();
        await Eventually.PrintsAsync("0", () => container.ShellAsync("grep -l '^State:.Z' /proc/[0-9]*/status | wc -l"));
    }

    [DockerFact]
    public async Task An_exec_of_a_command_that_is_not_there_is_126()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        CommandResult exec = (await container.ExecAsync("nowhere")).Exits(126);
        Assert.Contains("executable file not found in $PATH", exec.Stdout + exec.Stderr);
    }

    [DockerFact]
    public async Task An_exec_of_a_path_that_is_not_there_is_126()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        CommandResult exec = (await container.ExecAsync("/nowhere")).Exits(126);
        Assert.Contains("no such file or directory", exec.Stdout + exec.Stderr);
    }

    [DockerFact]
    public async Task An_exec_of_a_file_without_the_executable_bit_is_126()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        CommandResult exec = (await container.ExecAsync("/etc/plain")).Exits(126);
        Assert.Contains("permission denied", exec.Stdout + exec.Stderr);
    }

    [DockerFact]
    public async Task An_exec_in_a_directory_that_is_not_there_fails()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        CommandResult exec = await docker.CliAsync("exec", "--workdir", "/nowhere", container.Name, "true");
        Assert.InRange(exec.ExitCode, 126, 127);
        Assert.Contains("no such file or directory", exec.Stdout + exec.Stderr);
    }

    [DockerFact]
    public async Task Twenty_execs_at_once_all_succeed()
    {
        await using EngineContainer container = await docker.StartIdleAsync();
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => container.ExecAsync("echo", $"{number}")));
        for (int number = 0; number < results.Length; number++) results[number].Prints($"{number}");
    }
}
