using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary><c>exec</c>: another process in a running container. Row R34.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public void Exec_ends_as_its_process_does(string script, int code) => runtime.StartSleeping().Exec("sh", "-c", script).Exits(code);

    [RootFact]
    public void Its_session_keyring_is_the_container_s()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sh", "-c", "probe; echo end; sleep 1000"));
        Condition.Await("first output", () => container.Output.EndsWith("end\n", StringComparison.Ordinal));
        Assert.Equal(new ProbeReport(container.Output)["keyring"], new ProbeReport(container.Exec("probe").Succeeds().Stdout)["keyring"]);
    }

    [RootFact]
    public void In_a_container_without_a_keyring_of_its_own_the_caller_s_stays()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.Create("--no-new-keyring");
        container.Start();
        ProbeReport host = new(ChildProcess.Run([BusyboxRootfs.Shared + "/bin/probe"]).Succeeds().Stdout);
        Assert.Equal(host["keyring"], new ProbeReport(container.Exec("probe").Succeeds().Stdout)["keyring"]);
    }

    [RootFact]
    public void Input_output_and_error_are_the_caller_s()
    {
        TestContainer container = runtime.StartSleeping();
        CommandResult result = runtime.Run(new CommandOptions { Input = "in\n" }, "exec", container.Id, "sh", "-c", "cat; echo err >&2").Succeeds();
        Assert.Equal("in\n", result.Stdout);
        Assert.Equal("err\n", result.Stderr);
    }

    [RootTheory]
    [InlineData("mnt")]
    [InlineData("pid")]
    [InlineData("net")]
    [InlineData("ipc")]
    [InlineData("uts")]
    [InlineData("cgroup")]
    public void The_process_is_in_the_container_s_namespaces(string file)
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Namespace("cgroup"));
        Linux.Sys.Files.TryReadLink($"/proc/{container.Pid}/ns/{file}", out string expected);
        Assert.Equal(expected, new ProbeReport(container.Exec("probe").Succeeds().Stdout)["ns/" + file]);
    }

    [RootFact]
    public void The_process_is_in_the_container_s_cgroup()
    {
        TestContainer container = runtime.StartSleeping();
        Assert.Contains(container.Exec("cat", "/proc/self/cgroup").Succeeds().Lines, l => l.EndsWith(container.Bundle.CgroupsPath, StringComparison.Ordinal));
    }

    [RootFact]
    public void User_capabilities_and_limits_are_those_of_the_configuration()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("process.user", """{"uid": 1000, "gid": 1000, "additionalGids": [2000]}"""));
        ProbeReport report = new(container.Exec("probe").Succeeds().Stdout);
        Assert.Equal(("1000 1000 1000", "1000 1000 1000", "2000"), (report["uid"], report["gid"], report["groups"].Trim()));
        Assert.Equal(0UL, report.Capabilities("CapInh"));
        Assert.Equal((1UL << 29) | (1UL << 5) | (1UL << 10), report.Capabilities("CapBnd"));
        Assert.Equal("1", report["NoNewPrivs"]);
        Assert.Equal("1024 1024", report["RLIMIT_NOFILE"]);
    }

    [RootFact]
    public void The_process_leads_a_session_and_has_no_other_descriptors()
    {
        ProbeReport report = new(runtime.StartSleeping().Exec("probe").Succeeds().Stdout);
        Assert.Equal(report["pid"], report["sid"]);
        Assert.Equal(["0", "1", "2"], report.Names("fd/"));
        Assert.Equal("0", report["ppid"]);
        Assert.Equal("0000000000000000", report["SigBlk"]);
    }

    [RootFact]
    public void Environment_is_added_to_that_of_the_configuration()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Environment("KEPT=1", "CHANGED=before"));
        string[] lines = container.Exec(["--env", "CHANGED=after", "--env", "NEW=2"], "env").Succeeds().Lines;
        Assert.Contains("KEPT=1", lines);
        Assert.Contains("NEW=2", lines);
        Assert.Equal("after", container.Exec(["-e", "CHANGED=after"], "sh", "-c", "echo $CHANGED").Succeeds().Text);
    }

    [RootFact]
    public void The_working_directory_is_the_configuration_s_or_the_one_that_is_named()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Set("process.cwd", "/etc"));
        Assert.Equal("/etc\n", container.Exec("pwd").Succeeds().Stdout);
        Assert.Equal("/tmp\n", container.Exec(["--cwd", "/tmp"], "pwd").Succeeds().Stdout);
        container.Exec(["--cwd", "/no/such"], "pwd").Exits(255);
    }

    [RootTheory]
    [InlineData("1000", "1000 1000 1000", "0 0 0")]
    [InlineData("1000:2000", "1000 1000 1000", "2000 2000 2000")]
    [InlineData("0:0", "0 0 0", "0 0 0")]
    [InlineData("65534:5", "65534 65534 65534", "5 5 5")]
    public void The_user_is_the_one_that_is_named(string user, string uid, string gid)
    {
        ProbeReport report = new(runtime.StartSleeping().Exec(["--user", user], "probe").Succeeds().Stdout);
        Assert.Equal((uid, gid), (report["uid"], report["gid"]));
    }

    [RootTheory]
    [InlineData("1000:")]
    [InlineData(":1000")]
    [InlineData("-1")]
    // runc 1.1.5 takes the low 32 bits of it, which is root.
    [InlineData("4294967296", Traits = ["fails", "runc"])]
    [InlineData("root ")]
    [InlineData("1000:1000:1000")]
    [InlineData("0x10")]
    // runc 1.1.5 takes it for the configuration's user.
    [InlineData("", Traits = ["fails", "runc"])]
    public void A_user_that_cannot_be_is_refused(string user) => runtime.StartSleeping().Exec(["--user", user], "true").Exits(255);

    [RootFact]
    public void Additional_groups_are_added()
    {
        ProbeReport report = new(runtime.StartSleeping().Exec(["--additional-gids", "7", "--additional-gids", "8"], "probe").Succeeds().Stdout);
        Assert.Equal(["7", "8"], report["groups"].Trim().Split(' ').Order());
    }

    [RootFact]
    public void A_capability_is_added()
    {
        TestContainer container = runtime.StartSleeping();
        Assert.Equal(0UL, new ProbeReport(container.Exec("probe").Succeeds().Stdout).Capabilities("CapEff") & (1UL << 0));
        Assert.NotEqual(0UL, new ProbeReport(container.Exec(["--cap", "CAP_CHOWN"], "probe").Succeeds().Stdout).Capabilities("CapEff") & (1UL << 0));
    }

    [RootFact]
    public void No_new_privileges_can_be_asked_for()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Set("process.noNewPrivileges", false));
        Assert.Equal("0", new ProbeReport(container.Exec("probe").Succeeds().Stdout)["NoNewPrivs"]);
        Assert.Equal("1", new ProbeReport(container.Exec(["--no-new-privs"], "probe").Succeeds().Stdout)["NoNewPrivs"]);
    }

    [RootFact]
    public void A_process_file_says_everything()
    {
        TestContainer container = runtime.StartSleeping();
        string file = ProcessFile("""
            {"args": ["sh", "-c", "echo $VALUE; pwd; umask; exec probe"], "cwd": "/tmp", "env": ["PATH=/bin", "VALUE=given"],
             "user": {"uid": 1000, "gid": 2000, "additionalGids": [5]}, "noNewPrivileges": true,
             "capabilities": {"bounding": ["CAP_CHOWN"]}, "rlimits": [{"type": "RLIMIT_CORE", "soft": 50, "hard": 60}]}
            """);
        CommandResult result = runtime.Run("exec", "--process", file, container.Id).Succeeds();
        Assert.Equal(["given", "/tmp", "0022"], result.Lines[..3]);
        ProbeReport report = new(result.Stdout);
        Assert.Equal(("1000 1000 1000", "2000 2000 2000", "5", "50 60"), (report["uid"], report["gid"], report["groups"].Trim(), report["RLIMIT_CORE"]));
        Assert.Equal(1UL, report.Capabilities("CapBnd"));
    }

    [RootFact]
    public void A_process_file_without_the_container_s_environment_has_its_own_alone()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Environment("OF_CONTAINER=1"));
        string[] lines = runtime.Run("exec", "-p", ProcessFile("""{"args": ["env"], "cwd": "/", "env": ["PATH=/bin"]}"""), container.Id).Succeeds().Lines;
        Assert.DoesNotContain("OF_CONTAINER=1", lines);
    }

    [RootTheory]
    [InlineData("""{"args": [], "cwd": "/"}""")]
    [InlineData("""{"args": ["true"], "cwd": "relative"}""")]
    [InlineData("""{"cwd": "/"}""")]
    [InlineData("""{"args": ["true"]""")]
    public void A_process_file_that_cannot_be_is_refused(string json) => runtime.Run("exec", "--process", ProcessFile(json), runtime.StartSleeping().Id).Exits(255);

    [RootFact]
    public void A_process_file_that_is_not_there_is_an_error() => runtime.Run("exec", "--process", "/nowhere.json", runtime.StartSleeping().Id).Exits(255).Fails("/nowhere.json");

    [RootFact]
    public void Detach_returns_while_the_process_runs_and_writes_its_id()
    {
        TestContainer container = runtime.StartSleeping();
        string pidFile = runtime.WorkDirectory + "/exec.pid";
        runtime.Run("exec", "--detach", "--pid-file", pidFile, container.Id, "sleep", "2000").Succeeds();
        int pid = int.Parse(File.ReadAllText(pidFile));
        Condition.Await("sleep", () => File.ReadAllText($"/proc/{pid}/cmdline") == "sleep\02000\0");
        Assert.Contains("sleep 2000", container.Exec("ps").Succeeds().Stdout);
        // The process is the caller's child: it can be waited for, and it ends with the container.
        container.Kill();
        Condition.Await("the end of the exec", () => Linux.Sys.Processes.TryWait(pid, out _, out int ended, noHang: true) == Linux.Errno.None && ended == pid);
    }

    [RootFact]
    public void The_pid_file_is_written_without_detach_too()
    {
        string pidFile = runtime.WorkDirectory + "/exec.pid";
        runtime.Run("exec", "--pid-file", pidFile, runtime.StartSleeping().Id, "true").Succeeds();
        Assert.Matches("^[0-9]+$", File.ReadAllText(pidFile));
    }

    [RootTheory]
    [InlineData("absent", "executable file not found in $PATH")]
    [InlineData("/bin/absent", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    public void What_cannot_be_run_ends_with_255(string program, string message) => runtime.StartSleeping().Exec(program).Exits(255).Fails(message);

    [RootFact]
    public void Exec_in_an_unknown_container_ends_with_255() => runtime.Run("exec", runtime.NewId(), "true").Exits(255).Fails("does not exist");

    [RootFact]
    public void Exec_in_a_stopped_container_is_refused()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        container.Exec("true").Exits(255).Fails("stopped");
    }

    [RootFact]
    public void Exec_in_a_created_container_works()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.Create();
        Assert.Equal("in\n", container.Exec("echo", "in").Succeeds().Stdout);
        Assert.Equal("created", container.Status);
    }

    [RootFact]
    public void Exec_without_a_command_ends_with_an_error() => runtime.Run("exec", runtime.StartSleeping().Id).Fails();

    [RootFact]
    public void What_looks_like_an_option_after_the_id_belongs_to_the_command()
    {
        TestContainer container = runtime.StartSleeping();
        Assert.Equal("--detach -t --env\n", container.Exec("echo", "--detach", "-t", "--env").Succeeds().Stdout);
    }

    [RootFact]
    public void Exec_in_a_paused_container_is_refused_unless_it_is_asked_for()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("pause", container.Id).Succeeds();
        container.Exec("true").Exits(255).Fails("paused");
        // The process is frozen with the others until the container is resumed.
        ChildProcess exec = runtime.StartCommand(new CommandOptions(), "exec", "--ignore-paused", container.Id, "echo", "thawed");
        Assert.Equal("paused", container.Status);
        runtime.Run("resume", container.Id).Succeeds();
        Assert.Equal("thawed\n", exec.WaitForEnd().Succeeds().Stdout);
    }

    [CgroupV1Fact]
    public void Exec_in_a_sub_cgroup()
    {
        TestContainer container = runtime.StartSleeping();
        foreach (string hierarchy in CgroupTree.Hierarchies)
            if (Directory.Exists(hierarchy + container.Bundle.CgroupsPath))
                Directory.CreateDirectory(hierarchy + container.Bundle.CgroupsPath + "/sub");
        string[] lines = container.Exec(["--cgroup", "pids,memory:sub"], "cat", "/proc/self/cgroup").Succeeds().Lines;
        Assert.Contains(lines, l => l.Contains(":pids:", StringComparison.Ordinal) && l.EndsWith("/sub", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains(":freezer:", StringComparison.Ordinal) && !l.EndsWith("/sub", StringComparison.Ordinal));
    }

    [RootFact]
    public void A_sub_cgroup_outside_the_container_s_is_refused() => runtime.StartSleeping().Exec(["--cgroup", "../.."], "true").Exits(255);

    [RootFact]
    public void Many_processes_at_once_all_end_well()
    {
        TestContainer container = runtime.StartSleeping();
        ChildProcess[] running = [.. Enumerable.Range(0, 20).Select(i => runtime.StartCommand(new CommandOptions(), "exec", container.Id, "sh", "-c", $"echo {i}"))];
        for (int i = 0; i < running.Length; i++) Assert.Equal($"{i}\n", running[i].WaitForEnd().Succeeds().Stdout);
    }

    [RootFact]
    public void Exec_passes_signals_on()
    {
        TestContainer container = runtime.StartSleeping();
        ChildProcess exec = runtime.StartCommand(new CommandOptions(), "exec", container.Id, "probe", "signals");
        Condition.Await("the process", () => exec.Stdout.Contains("ready", StringComparison.Ordinal));
        exec.Signal(Linux.Sys.Signals.SIGTERM);
        Assert.EndsWith("15\n", exec.WaitForEnd().Succeeds().Stdout);
    }

    private string ProcessFile(string json)
    {
        string path = runtime.WorkDirectory + "/process.json";
        // The mark finds the process when it is left behind.
        if (json.EndsWith('}') && JsonNode.Parse(json) is JsonObject { } process && process["env"] is JsonArray environment)
        {
            environment.Add(runtime.Mark);
            json = process.ToJsonString();
        }
        File.WriteAllText(path, json);
        return path;
    }
}
