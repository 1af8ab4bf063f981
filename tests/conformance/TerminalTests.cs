using Keelson.Linux;

namespace Keelson.Conformance;

/// <summary>runtime-spec config "Process": terminal and consoleSize; <c>--console-socket</c>. Row R32.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void The_program_s_input_output_and_error_are_the_console()
    {
        ProbeReport report = new(Session(WithTerminal("probe")));
        Assert.All((string[])["tty0", "tty1", "tty2"], t => Assert.Matches("^/dev/(pts/0|console) ", report[t]));
        Assert.Equal("yes", report["controlling terminal"]);
        Assert.Equal(["0", "1", "2"], report.Names("fd/"));
    }

    [RootFact]
    public void Dev_console_is_the_same_device_as_the_program_s_terminal()
    {
        string text = Session(WithTerminal("sh", "-c", "stat -L -c '%t,%T %F' /dev/console /proc/self/fd/0"));
        string[] lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal(lines[0], lines[1]);
        Assert.StartsWith("88,", lines[0]);
    }

    [RootFact]
    public void What_is_typed_reaches_the_program_and_its_answer_comes_back()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(WithTerminal("sh"));
        container.Create("--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        terminal.Type("echo $((6*7))\n");
        Assert.True(terminal.ReadUntil("\r\n42\r\n"));
        terminal.Type("exit 3\n");
        Assert.Equal(3, container.WaitForEnd());
    }

    [RootFact]
    public void Ctrl_C_interrupts_the_foreground_program()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(WithTerminal("sh", "-c", "trap 'echo interrupted; exit 9' INT; echo ready; while true; do sleep 1; done"));
        container.Create("--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        terminal.ReadUntil("ready");
        terminal.Type("\x03");
        Assert.True(terminal.ReadUntil("interrupted"));
        Assert.Equal(9, container.WaitForEnd());
    }

    [RootFact]
    public void The_console_has_the_size_of_the_configuration()
    {
        BundleBuilder bundle = WithTerminal("sh", "-c", "stty size").SetJson("process.consoleSize", """{"width": 97, "height": 31}""");
        Assert.Equal("31 97\r\n", Session(bundle));
    }

    [RootFact]
    public void A_change_of_the_window_is_seen_inside()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(WithTerminal("probe", "winch"));
        container.Create("--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        terminal.ReadUntil("size ");
        terminal.Resize(132, 43);
        Assert.True(terminal.ReadUntil("size 132x43"));
        container.Kill("TERM");
        Assert.Equal(0, container.WaitForEnd());
    }

    [RootFact]
    public void The_console_belongs_to_the_container_s_user()
    {
        BundleBuilder bundle = WithTerminal("sh", "-c", "stat -L -c '%u %g %a' /proc/self/fd/0; echo opened > /dev/tty").SetJson("process.user", """{"uid": 1000, "gid": 1000}""");
        Assert.Matches("^1000 5 620\r\nopened\r\n$", Session(bundle));
    }

    [RootFact]
    public void The_console_works_with_a_user_namespace()
    {
        BundleBuilder bundle = WithTerminal("sh", "-c", "tty; stat -L -c %u /proc/self/fd/0").Namespace("user")
            .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""").SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""");
        Assert.Matches("^/dev/(pts/0|console)\r\n0\r\n$", Session(bundle));
    }

    [RootFact]
    public void The_console_works_without_pivot()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(WithTerminal("sh", "-c", "echo on the console > /dev/console"));
        container.Create("--no-pivot", "--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        Assert.Equal("on the console\r\n", terminal.ReadToEnd());
    }

    [RootFact]
    public void A_terminal_without_a_socket_is_refused_by_create() => runtime.Container(WithTerminal("true")).TryCreate().Fails("console");

    [RootFact]
    public void A_socket_without_a_terminal_is_refused()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        runtime.Container(runtime.Bundle("true")).TryCreate("--console-socket", console.SocketPath).Fails("console");
    }

    [RootFact]
    public void A_socket_that_nobody_listens_on_is_an_error()
    {
        runtime.Container(WithTerminal("true")).TryCreate("--console-socket", runtime.WorkDirectory + "/absent.sock").Fails("absent.sock");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    [Reference("runc", "takes paths of at most 107 bytes")]
    public void A_socket_with_a_long_path_is_reached()
    {
        string directory = Directory.CreateDirectory(runtime.WorkDirectory + "/" + new string('d', 100)).FullName;
        using ConsoleSocket console = new(directory);
        TestContainer container = runtime.Container(WithTerminal("echo", "far"));
        container.Create("--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        Assert.Equal("far\r\n", terminal.ReadToEnd());
    }

    [RootFact]
    public void Run_joins_the_caller_s_terminal_to_the_container_s()
    {
        using PseudoTerminal outer = PseudoTerminal.Open(out FdHandle slave);
        outer.Resize(88, 22);
        ChildProcess run;
        TestContainer container = runtime.Container(WithTerminal("sh", "-c", "stty size; read line; echo got $line; exit 6"));
        using (slave)
        {
            CommandOptions options = new() { Descriptors = new Dictionary<int, FdHandle> { [0] = slave, [1] = slave, [2] = slave } };
            run = runtime.StartCommand(options, "run", "--bundle", container.Bundle.Directory, container.Id);
        }
        Assert.True(outer.ReadUntil("22 88"));
        outer.Type("words\n");
        Assert.True(outer.ReadUntil("got words"));
        run.WaitForEnd().Exits(6);
    }

    [RootFact]
    public void Run_passes_changes_of_the_caller_s_window_on()
    {
        using PseudoTerminal outer = PseudoTerminal.Open(out FdHandle slave);
        TestContainer container = runtime.Container(WithTerminal("probe", "winch"));
        ChildProcess run;
        using (slave)
        {
            CommandOptions options = new() { Descriptors = new Dictionary<int, FdHandle> { [0] = slave, [1] = slave, [2] = slave }, Prefix = ["setsid", "--ctty", "--wait"] };
            run = runtime.StartCommand(options, "run", "--bundle", container.Bundle.Directory, container.Id);
        }
        outer.ReadUntil("size ");
        outer.Resize(121, 37);
        Assert.True(outer.ReadUntil("size 121x37"));
        runtime.Run("kill", container.Id, "TERM").Succeeds();
        run.WaitForEnd().Exits(0);
    }

    [RootFact]
    public void Run_with_a_terminal_gives_the_caller_s_one_back_as_it_was()
    {
        using PseudoTerminal outer = PseudoTerminal.Open(out FdHandle slave);
        TestContainer container = runtime.Container(WithTerminal("true"));
        using (slave)
        {
            Dictionary<int, FdHandle> all = new() { [0] = slave, [1] = slave, [2] = slave };
            string before = Settings(slave);
            runtime.StartCommand(new CommandOptions { Descriptors = all }, "run", "--bundle", container.Bundle.Directory, container.Id).WaitForEnd().Exits(0);
            Assert.Equal(before, Settings(slave));
        }
    }

    [RootFact]
    public void Run_with_detach_and_a_terminal_sends_it_to_the_socket()
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(WithTerminal("sh", "-c", "echo detached; read x"));
        runtime.Run("run", "--detach", "--console-socket", console.SocketPath, "--bundle", container.Bundle.Directory, container.Id).Succeeds();
        using PseudoTerminal terminal = console.ReceiveTerminal();
        Assert.True(terminal.ReadUntil("detached\r\n"));
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void Exec_with_a_terminal_sends_it_to_the_socket()
    {
        TestContainer container = runtime.StartSleeping();
        using ConsoleSocket console = new(runtime.WorkDirectory);
        string pidFile = runtime.WorkDirectory + "/exec.pid";
        runtime.Run("exec", "--tty", "--console-socket", console.SocketPath, "--detach", "--pid-file", pidFile, container.Id, "sh", "-c", "tty; read line; echo $line").Succeeds();
        runtime.Adopt(int.Parse(File.ReadAllText(pidFile)));
        using PseudoTerminal terminal = console.ReceiveTerminal();
        Assert.True(terminal.ReadUntil("/dev/pts/"));
        terminal.Type("over\n");
        Assert.True(terminal.ReadUntil("\r\nover\r\n"));
    }

    [RootFact]
    public void Exec_with_a_detached_terminal_from_a_process_file_has_its_size()
    {
        TestContainer container = runtime.StartSleeping();
        using ConsoleSocket console = new(runtime.WorkDirectory);
        string file = runtime.WorkDirectory + "/process.json", pidFile = runtime.WorkDirectory + "/exec.pid";
        File.WriteAllText(file, """{"terminal": true, "consoleSize": {"width": 61, "height": 17}, "args": ["stty", "size"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}""");
        runtime.Run("exec", "--process", file, "--console-socket", console.SocketPath, "--detach", "--pid-file", pidFile, container.Id).Succeeds();
        runtime.Adopt(int.Parse(File.ReadAllText(pidFile)));
        using PseudoTerminal terminal = console.ReceiveTerminal();
        Assert.Equal("17 61\r\n", terminal.ReadToEnd());
    }

    [RootFact]
    public void Exec_with_a_terminal_joins_the_caller_s()
    {
        TestContainer container = runtime.StartSleeping();
        using PseudoTerminal outer = PseudoTerminal.Open(out FdHandle slave);
        outer.Resize(77, 33);
        ChildProcess exec;
        using (slave)
            exec = runtime.StartCommand(new CommandOptions { Descriptors = new Dictionary<int, FdHandle> { [0] = slave, [1] = slave, [2] = slave } }, "exec", "-t", container.Id, "sh", "-c", "stty size; exit 5");
        exec.WaitForEnd().Exits(5);
        Assert.Equal("33 77\r\n", outer.ReadToEnd());
    }

    private BundleBuilder WithTerminal(params string[] arguments) => runtime.Bundle(arguments).Set("process.terminal", true);

    // Runs a program that needs no input on a terminal, to its end.
    private string Session(BundleBuilder bundle)
    {
        using ConsoleSocket console = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(bundle);
        container.Create("--console-socket", console.SocketPath);
        using PseudoTerminal terminal = console.ReceiveTerminal();
        container.Start();
        string text = terminal.ReadToEnd();
        Assert.Equal(0, container.WaitForEnd());
        return text;
    }

    private static string Settings(FdHandle slave) =>
        ChildProcess.Run(["stty", "-g"], new CommandOptions { Descriptors = new Dictionary<int, FdHandle> { [0] = slave } }).Succeeds().Text;
}
