using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>Descriptors that the caller hands over: <c>--preserve-fds</c>, socket activation, sd_notify, <c>--pidfd-socket</c>. Row R33.</summary>
public sealed class DescriptorTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();
    private readonly FdHandle reader, writer;

    public DescriptorTests()
    {
        Files.TryPipe(out FdHandle? readEnd, out FdHandle? writeEnd).ThrowIfError("pipe");
        (reader, writer) = (readEnd!, writeEnd!);
    }

    public void Dispose()
    {
        runtime.Dispose();
        reader.Dispose();
        writer.Dispose();
    }

    [RootFact]
    public void Descriptors_of_the_caller_are_closed_by_default()
    {
        ProbeReport report = new(Run(new() { [3] = writer, [5] = reader, [9] = writer }, runtime.Bundle("probe")).Succeeds().Stdout);
        Assert.Equal(["0", "1", "2"], report.Names("fd/"));
    }

    [RootFact]
    public void The_first_descriptors_are_kept_when_it_is_asked_for()
    {
        Run(new() { [3] = reader, [4] = writer }, runtime.Bundle().Shell("echo passed >&4"), "--preserve-fds", "2").Succeeds();
        Assert.Equal("passed\n", ReadPipe());
    }

    [RootFact]
    public void Descriptors_beyond_the_number_are_closed()
    {
        ProbeReport report = new(Run(new() { [3] = reader, [4] = writer, [5] = reader }, runtime.Bundle("probe"), "--preserve-fds", "2").Succeeds().Stdout);
        Assert.Equal(["0", "1", "2", "3", "4"], report.Names("fd/"));
    }

    [RootFact]
    [Reference("runc", "1.1.5 passes over it; 1.2 and crun refuse")]
    public void A_descriptor_that_is_to_be_kept_and_is_not_open_is_an_error() => Run(new() { [3] = reader }, runtime.Bundle("true"), "--preserve-fds", "2").Fails();

    [RootFact]
    public void Exec_keeps_descriptors_too()
    {
        TestContainer container = runtime.StartSleeping();
        CommandOptions options = new() { Descriptors = new Dictionary<int, FdHandle> { [3] = writer } };
        runtime.Run(options, "exec", "--preserve-fds", "1", container.Id, "sh", "-c", "echo from exec >&3").Succeeds();
        Assert.Equal("from exec\n", ReadPipe());
        ProbeReport report = new(runtime.Run(options, "exec", container.Id, "probe").Succeeds().Stdout);
        Assert.Equal(["0", "1", "2"], report.Names("fd/"));
    }

    [RootFact]
    public void Sockets_of_an_activation_are_handed_on_with_their_variables()
    {
        CommandOptions options = new()
        {
            Descriptors = new Dictionary<int, FdHandle> { [3] = reader, [4] = writer },
            // sd_listen_fds(3): the variables count for the process whose ID is in LISTEN_PID.
            Prefix = ["sh", "-c", "export LISTEN_PID=$$ LISTEN_FDS=2; exec \"$@\"", "sh"],
        };
        BundleBuilder bundle = runtime.Bundle().Shell("echo $LISTEN_FDS $LISTEN_PID; echo activated >&4").Write();
        Assert.Equal("2 1\n", runtime.Run(options, "run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds().Stdout);
        Assert.Equal("activated\n", ReadPipe());
    }

    [RootFact]
    public void Sockets_of_an_activation_come_before_kept_descriptors()
    {
        CommandOptions options = new()
        {
            Descriptors = new Dictionary<int, FdHandle> { [3] = reader, [4] = writer },
            // sd_listen_fds(3): the variables count for the process whose ID is in LISTEN_PID.
            Prefix = ["sh", "-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"", "sh"],
        };
        BundleBuilder bundle = runtime.Bundle().Shell("echo kept >&4").Write();
        runtime.Run(options, "run", "--preserve-fds", "1", "--bundle", bundle.Directory, runtime.NewId()).Succeeds();
        Assert.Equal("kept\n", ReadPipe());
    }

    [RootFact]
    public void Create_keeps_descriptors_for_the_program_that_start_runs()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("echo later >&3"));
        container.TryCreate(new CommandOptions { Descriptors = new Dictionary<int, FdHandle> { [3] = writer } }, "--preserve-fds", "1").Succeeds();
        container.Start();
        Assert.Equal(0, container.WaitForEnd());
        Assert.Equal("later\n", ReadPipe());
    }

    [RootFact]
    public void A_notification_of_readiness_reaches_the_caller_s_socket()
    {
        string path = runtime.WorkDirectory + "/notify.sock";
        Sockets.TryListen(path, out FdHandle? socket, datagram: true).ThrowIfError("bind", path);
        using (socket)
        {
            CommandOptions options = new() { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path } };
            TestContainer container = runtime.Container(runtime.Bundle().Shell("probe notify READY=1; sleep 1000").WritableRoot());
            ChildProcess run = runtime.StartCommand(options, "run", "--bundle", container.Bundle.Directory, container.Id);
            string text = "";
            Condition.Await($"READY=1, after '{text}'", () => (text += ReadDatagram(socket!)).Contains("READY=1", StringComparison.Ordinal));
            // notify_access in systemd wants to know whose message it is.
            Condition.Await("MAINPID", () => (text += ReadDatagram(socket!)).Contains("MAINPID=", StringComparison.Ordinal) || text.Contains("MAINPID=", StringComparison.Ordinal));
            container.Delete("--force");
            run.WaitForEnd();
        }
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no --pidfd-socket; 1.2 has")]
    public void A_descriptor_of_the_first_process_is_sent_to_the_socket()
    {
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.Create("--pidfd-socket", socket.SocketPath);
        using FdHandle process = socket.Receive(out _);
        Assert.Contains($"Pid:\t{container.Pid}\n", File.ReadAllText($"/proc/self/fdinfo/{process.Fd}"));
        container.Start();
        Processes.TrySignal(process.Fd, Signals.SIGKILL).ThrowIfError("signal");
        Assert.Equal(128 + 9, container.WaitForEnd());
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no --pidfd-socket; 1.2 has")]
    public void A_descriptor_of_an_exec_is_sent_to_the_socket()
    {
        TestContainer container = runtime.StartSleeping();
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        ChildProcess exec = runtime.StartCommand(new CommandOptions(), "exec", "--pidfd-socket", socket.SocketPath, container.Id, "sleep", "1000");
        using FdHandle process = socket.Receive(out _);
        Processes.TrySignal(process.Fd, Signals.SIGKILL).ThrowIfError("signal");
        exec.WaitForEnd().Exits(137);
    }

    [RootTheory]
    [InlineData("--no-subreaper")]
    [InlineData("--no-new-keyring")]
    public void An_option_of_run_is_accepted(string option) => runtime.RunBundle(runtime.Bundle("true"), option).Succeeds();

    private CommandResult Run(Dictionary<int, FdHandle> descriptors, BundleBuilder bundle, params string[] options) =>
        runtime.Run(new CommandOptions { Descriptors = descriptors }, ["run", .. options, "--bundle", bundle.Write().Directory, runtime.NewId()]);

    private string ReadPipe()
    {
        byte[] buffer = new byte[100];
        Files.TryPoll([new() { Fd = reader.Fd, Events = PollEvents.POLLIN }], 0, out int ready).ThrowIfError("poll");
        Assert.Equal(1, ready);
        Files.TryRead(reader.Fd, buffer, out int count).ThrowIfError("read");
        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    private static string ReadDatagram(FdHandle socket)
    {
        byte[] buffer = new byte[4096];
        Files.TryPoll([new() { Fd = socket.Fd, Events = PollEvents.POLLIN }], 10, out int ready).ThrowIfError("poll");
        if (ready == 0) return "";
        Files.TryRead(socket.Fd, buffer, out int count).ThrowIfError("read");
        return Encoding.UTF8.GetString(buffer, 0, count);
    }
}
