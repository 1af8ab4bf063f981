using System.Text.Json.Nodes;
using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary><c>run</c>: create, start, wait and delete in one command. Row R2.</summary>
public sealed class RunTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    public void Run_ends_with_the_program_s_exit_code(string script, int code) => runtime.RunBundle(runtime.Bundle().Shell(script)).Exits(code);

    [RootTheory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("ABRT", 134)]
    public void Run_ends_with_128_and_the_signal_that_ended_the_program(string signal, int code) =>
        runtime.RunBundle(runtime.Bundle().WithoutNamespace("pid").Shell($"kill -{signal} $$")).Exits(code);

    [RootFact]
    public void The_program_has_the_caller_s_input_output_and_error()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("cat; echo warning >&2"));
        CommandResult result = runtime.Run(new CommandOptions { Input = "text\n" }, "run", "--bundle", container.Bundle.Directory, container.Id).Succeeds();
        Assert.Equal("text\n", result.Stdout);
        Assert.Equal("warning\n", result.Stderr);
    }

    [RootFact]
    public void The_program_is_process_1_and_has_no_other_descriptors()
    {
        ProbeReport report = new(runtime.RunBundle(runtime.Bundle("probe")).Succeeds().Stdout);
        Assert.Equal("1", report["pid"]);
        Assert.Equal(["0", "1", "2"], report.Names("fd/"));
        Assert.Equal("0000000000000000", report["SigBlk"]);
        Assert.Equal("0000000000000000", report["SigIgn"]);
    }

    [RootFact]
    public void Run_deletes_the_container_when_the_program_ends()
    {
        TestContainer container = runtime.Container(runtime.Bundle("true"));
        runtime.Run("run", "--bundle", container.Bundle.Directory, container.Id).Succeeds();
        runtime.Run("state", container.Id).Fails("does not exist");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Run_with_keep_leaves_a_stopped_container()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("exit 5"));
        runtime.Run("run", "--keep", "--bundle", container.Bundle.Directory, container.Id).Exits(5);
        Assert.Equal("stopped", container.Status);
        container.Delete();
    }

    [RootFact]
    public void Run_with_detach_returns_when_the_program_runs()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        runtime.Run("run", "--detach", "--pid-file", container.PidFile, "--bundle", container.Bundle.Directory, container.Id).Succeeds();
        Assert.Equal("running", container.Status);
        Assert.Equal((int)container.State()["pid"]!, int.Parse(File.ReadAllText(container.PidFile)));
        container.Delete("--force");
    }

    [RootFact]
    public void Run_passes_signals_on_to_the_program()
    {
        TestContainer container = runtime.Container(runtime.Bundle("probe", "signals"));
        ChildProcess run = runtime.StartCommand(new CommandOptions(), "run", "--bundle", container.Bundle.Directory, container.Id);
        Condition.Await("the program", () => run.Stdout.Contains("ready", StringComparison.Ordinal));

        run.Signal(Signals.SIGUSR1);
        Condition.Await("SIGUSR1", () => run.Stdout.Contains("10\n", StringComparison.Ordinal));
        run.Signal(Signals.SIGTERM);

        Assert.EndsWith("10\n15\n", run.WaitForEnd().Succeeds().Stdout);
    }

    [RootFact]
    public void Run_does_not_wait_for_grandchildren_outside_the_pid_namespace()
    {
        TestContainer container = runtime.Container(runtime.Bundle().WithoutNamespace("pid").Shell("sleep 1000 & exit 4"));
        runtime.Run("run", "--bundle", container.Bundle.Directory, container.Id).Exits(4);
        Assert.Empty(runtime.FindLeaks());
    }

    [RootTheory]
    [InlineData("absent", "exec: \"absent\": executable file not found in \\$PATH")]
    [InlineData("/bin/absent", "exec: \"/bin/absent\": .*no such file or directory")]
    [InlineData("/etc/passwd", "exec: \"/etc/passwd\": .*permission denied")]
    [InlineData("/etc", "exec: \"/etc\": .*(permission denied|is a directory)")]
    [InlineData("/etc/passwd/x", "exec: \"/etc/passwd/x\": .*not a directory")]
    public void What_cannot_be_run_is_named_in_the_log_as_dockerd_expects(string program, string pattern)
    {
        string log = runtime.WorkDirectory + "/log.json";
        BundleBuilder bundle = runtime.Bundle(program).Write();
        runtime.Run("--log", log, "--log-format", "json", "run", "--bundle", bundle.Directory, runtime.NewId()).Exits(1);
        Assert.Matches(pattern, (string)JsonNode.Parse(File.ReadAllLines(log)[^1])!["msg"]!);
    }

    [RootFact]
    public void A_missing_interpreter_is_an_error()
    {
        BundleBuilder bundle = runtime.Bundle("/bin/script").WritableRoot();
        File.WriteAllText(bundle.Rootfs + "/bin/script", "#!/bin/no-such-interpreter\n");
        TestDirectory.SetMode(bundle.Rootfs + "/bin/script", 0b111_101_101);
        runtime.RunBundle(bundle).Fails("no such file or directory");
    }

    [RootFact]
    public void A_file_that_is_no_program_is_an_error()
    {
        BundleBuilder bundle = runtime.Bundle("/bin/garbage").WritableRoot();
        File.WriteAllText(bundle.Rootfs + "/bin/garbage", "\x7f" + "ELFgarbage\n");
        TestDirectory.SetMode(bundle.Rootfs + "/bin/garbage", 0b111_101_101);
        runtime.RunBundle(bundle).Fails("exec format error");
    }

    [RootFact]
    public void The_program_is_looked_up_in_the_PATH_of_the_configuration()
    {
        BundleBuilder bundle = runtime.Bundle("prog").WritableRoot().SetJson("process.env", """["PATH=/nowhere:/opt/bin:/bin"]""");
        Directory.CreateDirectory(bundle.Rootfs + "/opt/bin");
        File.WriteAllText(bundle.Rootfs + "/opt/bin/prog", "#!/bin/sh\necho found $0\n");
        TestDirectory.SetMode(bundle.Rootfs + "/opt/bin/prog", 0b111_101_101);
        Assert.Equal("found /opt/bin/prog\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void The_environment_is_that_of_the_configuration()
    {
        CommandResult result = runtime.RunBundle(runtime.Bundle("env").SetJson("process.env", """["PATH=/bin", "A=1", "EMPTY=", "EQ=a=b"]"""));
        string[] lines = result.Succeeds().Lines;
        Assert.All((string[])["PATH=/bin", "A=1", "EMPTY=", "EQ=a=b"], v => Assert.Contains(v, lines));
        Assert.DoesNotContain(lines, l => l.StartsWith("KEELSON_TEST=", StringComparison.Ordinal));
    }

    [RootFact]
    public void HOME_is_taken_from_the_container_s_passwd_when_it_is_not_set()
    {
        BundleBuilder bundle = runtime.Bundle("sh", "-c", "echo $HOME").SetJson("process.user", """{"uid": 1000, "gid": 1000}""");
        Assert.Equal("/home\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void The_working_directory_is_made_when_it_is_missing()
    {
        BundleBuilder bundle = runtime.Bundle("pwd").WritableRoot().Set("process.cwd", "/made/for/it");
        Assert.Equal("/made/for/it\n", runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.True(Directory.Exists(bundle.Rootfs + "/made/for/it"));
    }

    [RootFact]
    public void The_working_directory_may_be_one_that_only_its_user_can_enter()
    {
        BundleBuilder bundle = runtime.Bundle("pwd").WritableRoot().Set("process.cwd", "/mine").SetJson("process.user", """{"uid": 1000, "gid": 1000}""");
        Directory.CreateDirectory(bundle.Rootfs + "/mine");
        TestDirectory.SetMode(bundle.Rootfs + "/mine", 0b111_000_000);
        Assert.Equal(Linux.Errno.None, Files.TryChangeOwner(bundle.Rootfs + "/mine", 1000, 1000));
        Assert.Equal("/mine\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void The_first_process_leads_a_session_of_its_own()
    {
        ProbeReport report = new(runtime.RunBundle(runtime.Bundle("probe")).Succeeds().Stdout);
        Assert.Equal("1", report["sid"]);
        Assert.Equal("1", report["pgid"]);
    }

    [RootFact]
    public void Many_arguments_and_variables_arrive_whole()
    {
        string[] arguments = [.. Enumerable.Range(0, 2000).Select(i => $"argument-{i}-" + new string('x', 40))];
        BundleBuilder bundle = runtime.Bundle(["sh", "-c", "echo $# ${#LONG}; eval echo \\${2000}", "sh", .. arguments]).Environment("LONG=" + new string('y', 100_000));
        Assert.Equal($"2000 100000\n{arguments[1999]}\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }
}
