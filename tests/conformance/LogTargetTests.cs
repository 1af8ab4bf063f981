using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary><c>--log journald:NAME</c> and <c>--log syslog:NAME</c>. Row R40.</summary>
[Reference("runc", "logs to files alone; crun passes, but for the name in the journal")]
public sealed class LogTargetTests : IDisposable
{
    private const string Missing = "does not exist|No such file";
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void An_error_is_sent_to_the_journal_under_the_name()
    {
        using FdHandle socket = Bind("/journal.sock");
        // A mount namespace in which the journal's socket is the test's.
        CommandOptions options = Surroundings($"mount -t tmpfs t /run && mkdir -p /run/systemd/journal && ln -s {runtime.WorkDirectory}/journal.sock /run/systemd/journal/socket");
        runtime.Run(options, "--log", "journald:my-name", "state", runtime.NewId()).Exits(1);
        string entry = Receive(socket);
        // A field is NAME=VALUE, or NAME, the length and VALUE; the message may have either form.
        Assert.Contains("PRIORITY=3\n", entry);
        Assert.Contains("SYSLOG_IDENTIFIER=my-name\n", entry);
        Assert.Matches("MESSAGE[=\n]", entry);
        Assert.Matches(Missing, entry);
    }

    [RootFact]
    public void An_error_is_sent_to_syslog_under_the_name()
    {
        using FdHandle socket = Bind("/log.sock");
        CommandOptions options = Surroundings(
            $"mount --bind /dev/shm /mnt && mount -t tmpfs t /dev && mkdir /dev/shm && mount --move /mnt /dev/shm && ln -s {runtime.WorkDirectory}/log.sock /dev/log");
        runtime.Run(options, "--log", "syslog:my-name", "state", runtime.NewId()).Exits(1);
        string entry = Receive(socket);
        // RFC 3164: facility daemon (3) and severity error (3), or facility user (1).
        Assert.Matches("^<(27|11)>", entry);
        Assert.Contains("my-name", entry);
        Assert.Matches(Missing, entry);
    }

    [RootFact]
    public void The_error_is_said_on_standard_error_too()
    {
        using FdHandle socket = Bind("/journal.sock");
        CommandOptions options = Surroundings($"mount -t tmpfs t /run && mkdir -p /run/systemd/journal && ln -s {runtime.WorkDirectory}/journal.sock /run/systemd/journal/socket");
        Assert.Matches(Missing, runtime.Run(options, "--log", "journald:my-name", "state", runtime.NewId()).Exits(1).Stderr);
    }

    private FdHandle Bind(string name)
    {
        Sockets.TryListen(runtime.WorkDirectory + name, out FdHandle? socket, datagram: true).ThrowIfError("bind", name);
        return socket!;
    }

    private static CommandOptions Surroundings(string script) =>
        new() { Prefix = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script + " && exec \"$@\"", "sh"] };

    private static string Receive(FdHandle socket)
    {
        byte[] buffer = new byte[65536];
        Files.TryPoll([new() { Fd = socket.Fd, Events = PollEvents.POLLIN }], (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("wait for", "a log entry");
        Assert.Equal(1, ready);
        Files.TryRead(socket.Fd, buffer, out int count).ThrowIfError("read");
        return Encoding.UTF8.GetString(buffer, 0, count);
    }
}
