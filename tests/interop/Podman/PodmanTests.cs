namespace Keelson.Interop.Tests;

/// <summary>podman 4.3 through conmon 2.1: what root and an ordinary user can do alike.</summary>
public abstract class PodmanTests(PodmanFixture podman)
{
    private const string Trapping = "trap 'echo usr1' USR1; trap 'echo term; exit 5' TERM; echo ready; while :; do sleep 0.05; done";

    /// <summary>The engine.</summary>
    protected PodmanFixture Podman => podman;

    [PodmanFact]
    public async Task The_tested_runtime_is_used() => (await podman.CliAsync("info", "--format", "{{.Host.OCIRuntime.Path}}")).Prints(HostFixture.Runtime);

    [PodmanFact]
    public async Task Run_prints_what_the_command_prints_and_returns_its_status()
    {
        CommandResult run = (await podman.ShellAsync([], "echo out; echo err >&2; exit 42")).Exits(42);
        Assert.Equal(("out\n", "err\n"), (run.Stdout, run.Stderr));
    }

    [PodmanFact]
    public async Task Run_reads_standard_input() => (await podman.PipeAsync("one\ntwo\n", podman.RunArguments(["--rm", "--interactive"], "wc", "-l"))).Prints("2");

    [PodmanFact]
    public async Task A_command_that_is_not_there_is_127()
    {
        (await podman.RunAsync([], "nowhere")).FailsWith(127, "executable file not found in $PATH");
        (await podman.RunAsync([], "/nowhere")).FailsWith(127, "no such file or directory");
    }

    [PodmanFact]
    public async Task A_command_that_cannot_be_executed_is_126() => (await podman.RunAsync([], "/etc/plain")).FailsWith(126, "permission denied");

    [PodmanFact]
    public async Task Run_on_a_terminal_has_its_size_and_returns_the_status()
    {
        await using Terminal terminal = podman.RunOnTerminal(["sh", "-c", "tty; until stty size | grep -q '33 101'; do :; done; stty size; read word; exit $word"], 33, 101);
        await terminal.ExpectAsync("/dev/pts/0");
        await terminal.ExpectAsync("33 101");
        await terminal.TypeAsync("7\r");
        Assert.Equal(7, await terminal.EndAsync());
    }

    [PodmanFact]
    public async Task Exec_prints_returns_the_status_and_reads_input()
    {
        await using EngineContainer container = await podman.StartIdleAsync();
        CommandResult exec = (await container.ShellAsync("echo out; echo err >&2; exit 9")).Exits(9);
        Assert.Equal(("out\n", "err\n"), (exec.Stdout, exec.Stderr));
        (await podman.PipeAsync("one\ntwo\n", "exec", "--interactive", container.Name, "wc", "-l")).Prints("2");
    }

    [PodmanFact]
    public async Task Exec_takes_environment_working_directory_and_user()
    {
        await using EngineContainer container = await podman.StartIdleAsync("--env", "FROM=run");
        (await podman.CliAsync("exec", "--env", "WITH=exec", "--workdir", "/var", "--user", "app", container.Name, "sh", "-c", "echo $FROM $WITH; pwd; id"))
            .Prints("run exec\n/var\nuid=1000(app) gid=1000(app) groups=29(audio)");
    }

    [PodmanFact]
    public async Task Exec_joins_the_container_with_its_capabilities()
    {
        await using EngineContainer container = await podman.StartIdleAsync("--hostname", "inside");
        (await container.ShellAsync("hostname; for id in self 1; do readlink /proc/$id/ns/* | sort -u > /tmp/$id; grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/$id/status >> /tmp/$id; done; diff /tmp/self /tmp/1"))
            .Prints("inside");
    }

    [PodmanFact]
    public async Task Exec_on_a_terminal_reads_what_is_typed()
    {
        await using EngineContainer container = await podman.StartIdleAsync();
        await using Terminal terminal = podman.StartOnTerminal(["exec", "--interactive", "--tty", container.Name, "sh"], 31, 97);
        await terminal.TypeAsync("until stty size | grep -q '31 97'; do :; done; stty size; exit 8\r");
        await terminal.ExpectAsync("31 97\r\n");
        Assert.Equal(8, await terminal.EndAsync());
    }

    [PodmanFact]
    public async Task A_detached_exec_goes_on()
    {
        await using EngineContainer container = await podman.StartIdleAsync();
        (await podman.CliAsync("exec", "--detach", container.Name, "sh", "-c", "echo done > /tmp/file")).Succeeds();
        await Eventually.PrintsAsync("done", () => container.ExecAsync("cat", "/tmp/file"));
    }

    [PodmanFact]
    public async Task An_exec_of_a_command_that_is_not_there_is_127()
    {
        await using EngineContainer container = await podman.StartIdleAsync();
        (await container.ExecAsync("nowhere")).FailsWith(127, "executable file not found in $PATH");
    }

    [PodmanFact]
    public async Task Kill_sends_a_signal_and_stop_waits_for_the_end()
    {
        await using EngineContainer container = await podman.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        await container.DoAsync("kill", "--signal", "USR1");
        await container.LogsAsync("ready\nusr1");
        await container.DoAsync("stop");
        Assert.Equal("exited 5", await container.InspectAsync("{{.State.Status}} {{.State.ExitCode}}"));
    }

    [PodmanFact]
    public async Task Stop_kills_a_container_that_does_not_heed_the_signal()
    {
        await using EngineContainer container = await podman.StartIdleAsync();
        await container.DoAsync("stop", "--time", "1");
        Assert.Equal("137", await container.InspectAsync("{{.State.ExitCode}}"));
    }

    [PodmanFact]
    public async Task A_running_container_is_removed_by_force()
    {
        EngineContainer container = await podman.StartIdleAsync();
        (await podman.CliAsync("rm", container.Name)).Fails("running");
        await container.DisposeAsync();
        (await podman.CliAsync("container", "exists", container.Name)).Exits(1);
    }

    [PodmanFact]
    public async Task Restart_and_start_run_the_container_again()
    {
        await using EngineContainer container = await podman.StartShellAsync([], Trapping);
        await container.LogsAsync("ready");
        await container.DoAsync("restart", "--time", "5");
        await container.LogsAsync("ready\nterm\nready");
        await container.DoAsync("stop");
        await container.DoAsync("start");
        await container.LogsAsync("ready\nterm\nready\nterm\nready");
    }

    [PodmanFact]
    public async Task A_container_that_fails_is_restarted_as_often_as_its_policy_says()
    {
        await using EngineContainer container = await podman.StartShellAsync(["--restart", "on-failure:2"], "echo run; exit 1");
        await container.LogsAsync("run\nrun\nrun");
        await container.BecomesAsync("exited 1", "{{.State.Status}} {{.State.ExitCode}}");
    }

    [PodmanFact]
    public async Task Wait_returns_the_status()
    {
        await using EngineContainer container = await podman.StartShellAsync([], "sleep 0.2; exit 13");
        Assert.Equal("13", await container.WaitAsync());
    }

    [PodmanFact]
    public async Task A_created_container_is_started_attached()
    {
        string name = podman.NewName();
        (await podman.CliAsync(["create", .. podman.RunArguments(["--name", name], "sh", "-c", "echo hello; exit 4")[1..]])).Succeeds();
        await using EngineContainer container = new(podman, name);
        Assert.Equal("hello\n", (await podman.CliAsync("start", "--attach", name)).Exits(4).Stdout);
    }

    [PodmanFact]
    public async Task An_initialised_container_is_created_and_not_started()
    {
        string name = podman.NewName();
        (await podman.CliAsync(["create", .. podman.RunArguments(["--name", name], "sh", "-c", "exit 4")[1..]])).Succeeds();
        await using EngineContainer container = new(podman, name);
        await container.DoAsync("init");
        Assert.Equal("initialized", await container.InspectAsync("{{.State.Status}}"));
        await container.DoAsync("start");
        Assert.Equal("4", await container.WaitAsync());
    }

    [PodmanFact]
    public async Task Top_lists_the_processes()
    {
        await using EngineContainer container = await podman.StartShellAsync([], "sleep 1001 & exec sleep 1002");
        await Eventually.HoldsAsync("both processes in podman top", async () =>
            (await podman.CliAsync("top", container.Name, "args")).Lines is [_, string first, string second] && first.Trim() == "sleep 1002" && second.Trim() == "sleep 1001");
    }

    [PodmanFact]
    public async Task The_process_in_inspect_is_the_containers()
    {
        await using EngineContainer container = await podman.StartAsync([], "sleep", "1234");
        (await podman.Host.RunAsync("sh", "-c", $"tr '\\0' ' ' < /proc/{await container.InspectAsync("{{.State.Pid}}")}/cmdline")).Prints("sleep 1234 ");
    }

    [PodmanFact]
    public async Task Init_is_process_1()
    {
        await using EngineContainer container = await podman.StartShellAsync(["--init"], "sh -c 'sleep 0.01 &'; exec sleep 1000");
        (await container.ShellAsync("tr '\\0' '\\n' < /proc/1/cmdline | head -n 1")).Prints("/run/podman-init");
        await Eventually.PrintsAsync("0", () => container.ShellAsync("grep -l '^State:.Z' /proc/[0-9]*/status | wc -l"));
    }

    [PodmanFact]
    public async Task A_health_check_runs_in_the_container()
    {
        await using EngineContainer container = await podman.StartIdleAsync("--health-cmd", "test -e /tmp/well", "--health-interval", "disable", "--health-retries", "1");
        (await podman.CliAsync("healthcheck", "run", container.Name)).Exits(1);
        (await container.ExecAsync("touch", "/tmp/well")).Succeeds();
        (await podman.CliAsync("healthcheck", "run", container.Name)).Succeeds();
    }

    [PodmanFact]
    public async Task The_containers_of_a_pod_share_namespaces()
    {
        string pod = podman.NewName();
        (await podman.CliAsync("pod", "create", "--name", pod, "--network", "none", "--hostname", "podhost", "--infra-image", BusyboxArchive.Image, "--infra-command", "sleep 1000")).Succeeds();
        const string Script = "hostname; for kind in net ipc uts; do readlink /proc/self/ns/$kind; done";
        string first = (await podman.CliAsync("run", "--rm", "--pull", "never", "--pod", pod, BusyboxArchive.Image, "sh", "-c", Script)).Succeeds().Text;
        (await podman.CliAsync("run", "--rm", "--pull", "never", "--pod", pod, BusyboxArchive.Image, "sh", "-c", Script)).Prints(first);
        Assert.StartsWith("podhost\n", first, StringComparison.Ordinal);
        (await podman.CliAsync("pod", "rm", "--force", "--time", "0", pod)).Succeeds();
    }

    [PodmanFact]
    public async Task Another_containers_namespaces_are_joined()
    {
        await using EngineContainer first = await podman.StartIdleAsync("--ipc", "shareable");
        const string Script = "for kind in net ipc pid; do readlink /proc/self/ns/$kind; done";
        string theirs = (await first.ShellAsync(Script)).Text;
        (await podman.ShellAsync(["--network", $"container:{first.Name}", "--ipc", $"container:{first.Name}", "--pid", $"container:{first.Name}"], Script)).Prints(theirs);
    }

    [PodmanFact]
    public async Task Capabilities_are_added_and_dropped() =>
        (await podman.ShellAsync(["--cap-drop", "ALL", "--cap-add", "CHOWN"], "grep -E '^Cap(Inh|Eff|Bnd):' /proc/self/status")).Prints("CapInh:\t0000000000000000\nCapEff:\t0000000000000001\nCapBnd:\t0000000000000001");

    [PodmanFact]
    public async Task The_packaged_seccomp_profile_is_loaded_or_one_of_ones_own_or_none()
    {
        (await podman.ShellAsync([], "grep ^Seccomp: /proc/self/status")).Prints("Seccomp:\t2");
        await podman.Host.WriteAsync("/run/user/2000/seccomp.json", """{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30}]}""");
        (await podman.ShellAsync(["--security-opt", "seccomp=/run/user/2000/seccomp.json"], "mkdir /tmp/a")).Fails("Read-only file system");
        (await podman.ShellAsync(["--security-opt", "seccomp=unconfined"], "grep ^Seccomp: /proc/self/status")).Prints("Seccomp:\t0");
    }

    [PodmanFact]
    public async Task No_new_privileges_is_set() => (await podman.ShellAsync(["--security-opt", "no-new-privileges"], "grep ^NoNewPrivs: /proc/self/status")).Prints("NoNewPrivs:\t1");

    [PodmanFact]
    public async Task A_read_only_root_has_writable_temporary_directories()
    {
        (await podman.ShellAsync(["--read-only"], "touch /run/a /tmp/b /dev/shm/c && touch /file")).Fails("Read-only file system");
        (await podman.ShellAsync(["--read-only", "--read-only-tmpfs=false"], "touch /tmp/b")).Fails("Read-only file system");
    }

    [PodmanFact]
    public async Task A_temporary_file_system_has_the_files_of_the_image()
    {
        (await podman.ShellAsync(["--tmpfs", "/etc:size=1m"], "grep -c root /etc/passwd; touch /etc/new; grep ' /etc ' /proc/mounts | cut -d' ' -f1")).Prints("1\ntmpfs");
        (await podman.ShellAsync(["--tmpfs", "/etc:notmpcopyup"], "ls /etc/passwd")).Fails("No such file");
    }

    [PodmanFact]
    public async Task Volumes_are_mounted_read_write_and_read_only()
    {
        string volume = podman.NewName();
        (await podman.ShellAsync(["--volume", $"{volume}:/data"], "echo kept > /data/file")).Succeeds();
        (await podman.ShellAsync(["--volume", $"{volume}:/data:ro"], "cat /data/file; touch /data/new")).Fails("Read-only file system").Wrote("kept");
        (await podman.CliAsync("volume", "rm", volume)).Succeeds();
    }

    [PodmanFact]
    public async Task Devices_proc_and_sys_are_as_promised()
    {
        (await podman.ShellAsync([], "echo x > /dev/null && head -c 1 /dev/urandom | wc -c; readlink /dev/ptmx; cat /proc/kcore | wc -c; ls /sys/firmware | wc -l")).Prints("1\npts/ptmx\n0\n0");
        (await podman.ShellAsync([], "echo 1 > /proc/sys/kernel/domainname")).Fails("Read-only file system");
    }

    [PodmanFact]
    public async Task User_umask_limits_and_score_are_set() =>
        (await podman.ShellAsync(["--user", "app", "--group-add", "audio", "--umask", "0077", "--ulimit", "nofile=100:200", "--ulimit", "nproc=4096:4096", "--oom-score-adj", "700"], "id -u; id -G; umask; ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj"))
            .Prints("1000\n1000 29\n0077\n100\n200\n700");

    [PodmanFact]
    public async Task Extra_descriptors_are_preserved_in_run_and_exec()
    {
        await using EngineContainer container = await podman.StartIdleAsync();
        (await PassAsync(podman.RunArguments(["--rm", "--preserve-fds", "1"], "cat", "/proc/self/fd/3"))).Prints("passed");
        (await PassAsync("exec", "--preserve-fds", "1", container.Name, "cat", "/proc/self/fd/3")).Prints("passed");

        Task<CommandResult> PassAsync(params string[] arguments) =>
            podman.Host.RunAsync(["sh", "-c", "echo passed > /run/user/2000/descriptor; chmod 666 /run/user/2000/descriptor; exec 3< /run/user/2000/descriptor; exec \"$@\"", "sh", .. podman.CommandLine(arguments)]);
    }

    [PodmanFact]
    public async Task A_container_tells_that_it_is_ready_through_its_notification_socket()
    {
        // podman makes a socket of its own for the container and passes on READY=1 with the process ID of conmon.
        string socket = $"/run/user/2000/{podman.NewName()}";
        await podman.Host.WriteAsync("/run/listen.py", """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); s.settimeout(30)
            print("bound", flush=True)
            while True:
                text = s.recv(4096).decode()
                if "READY=1" in text: print("ready", flush=True); break
            """);
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "needs program python3");
        using System.Diagnostics.Process listener = podman.Host.Start(new HostCommand(["/usr/bin/python3", "/run/listen.py", socket]));
        Assert.Equal("bound", await listener.StandardOutput.ReadLineAsync());
        string[] line = podman.CommandLine(podman.RunArguments(["--rm", "--sdnotify", "conmon"], "true"));
        (await podman.Host.RunAsync(["env", "NOTIFY_SOCKET=" + socket, .. line])).Succeeds();
        Assert.Equal("ready", await listener.StandardOutput.ReadLineAsync());
        await listener.WaitForExitAsync();
    }

    [PodmanFact]
    public async Task Ten_containers_started_at_once_all_run()
    {
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => podman.RunAsync([], "echo", $"{number}")));
        for (int number = 0; number < results.Length; number++) results[number].Prints($"{number}");
    }
}
