using System.Buffers.Binary;
using System.Text;
using Keelson.Cgroups.DBus;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups.Tests;

/// <summary>Stands for systemd's manager: answers its calls, moves processes into cgroups, tells of ended jobs. It writes down what it was asked.</summary>
/// <remarks>It sits behind a real <c>dbus-daemon</c>, which refuses messages that are not well formed, or listens itself as <c>/run/systemd/private</c> does.</remarks>
internal sealed class FakeSystemd : IDisposable
{
    private const string Name = "org.freedesktop.systemd1";
    private readonly string directory = TestDirectory.Make("bus");
    private readonly ChildProcess? daemon;
    private readonly Thread thread;
    private readonly FdHandle? listener;
    private readonly Dictionary<string, string> units = [];
    private volatile bool stopping;
    private volatile bool ready;
    private FdHandle? connection;
    private uint serial;

    public FakeSystemd(bool isPrivate = false)
    {
        if (isPrivate)
        {
            Sockets.TryListen(Socket, out listener).ThrowIfError("listen");
        }
        else
        {
            File.WriteAllText(directory + "/config", $"""
                <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
                <busconfig><type>session</type><listen>unix:path={Socket}</listen><auth>EXTERNAL</auth>
                <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
                """);
            daemon = ChildProcess.Start(["dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + directory + "/config"]);
            LiveCgroup.Until(() => File.Exists(Socket), "the bus listens");
        }
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
        if (!isPrivate) LiveCgroup.Until(() => ready, "systemd has its name");
    }

    public string Socket => directory + "/socket";

    /// <summary>Every call, as <c>Method arguments</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Where units lie, below the mount point of the hierarchy that systemd uses.</summary>
    public string Tree { get; init; } = "/sys/fs/cgroup/systemd";

    /// <summary>What the machine is doing.</summary>
    public string State { get; set; } = "running";

    /// <summary>What the next job ends with.</summary>
    public string JobResult { get; set; } = "done";

    /// <summary>Whether a job ends before the call that made it is answered.</summary>
    public bool EndsJobsEarly { get; set; }

    /// <summary>Units that exist, with their state.</summary>
    public Dictionary<string, string> Units => units;

    public void Dispose()
    {
        stopping = true;
        daemon?.Dispose();
        listener?.Dispose();
        thread.Join();
        connection?.Dispose();
        TestDirectory.Remove(directory);
    }

    private void Serve()
    {
        if (listener is not null)
        {
            Sockets.TryAccept(listener.Fd, out connection).ThrowIfError("accept");
            byte[] greeting = ReadExactly("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n".Length);
            Assert.Equal("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n", Encoding.ASCII.GetString(greeting));
            Send("DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n"u8);
        }
        else
        {
            LiveCgroup.Until(TryConnect, "the bus answers");
            // Not the handshake of the library: one line at a time, with the user in it.
            Send("\0AUTH EXTERNAL 30\r\n"u8);
            Assert.StartsWith("OK ", ReadLine(), StringComparison.Ordinal);
            Send("BEGIN\r\n"u8);
            Call("Hello", "");
            Call("RequestName", "su", Name, 4u);
        }
        try
        {
            while (true)
            {
                byte[] message = ReadMessage();
                if (message[1] == 1) Answer(message);
                else if (message[1] == 2) ready = true;
            }
        }
        catch (EndOfStreamException) when (stopping)
        {
        }
        catch (EndOfStreamException) when (listener is not null)
        {
        }
    }

    /// <summary>The socket's file is there before the bus listens on it.</summary>
    private bool TryConnect()
    {
        Errno errno = Sockets.TryConnect(Socket, out connection);
        if (errno is not (Errno.None or Errno.ECONNREFUSED)) errno.ThrowIfError("connect", Socket);
        return errno == Errno.None;
    }

    private void Answer(byte[] message)
    {
        Dictionary<int, string> fields = WireText.Fields(message);
        uint call = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(8));
        int body = 16 + ((int)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(12)) + 7 & ~7);
        string sender = fields.GetValueOrDefault(7, ""), method = fields[3], signature = fields.GetValueOrDefault(8, "");
        string arguments = WireText.Body(message[body..], signature), unit = arguments.Split(' ')[0];
        lock (Calls) Calls.Add($"{method} {arguments}".TrimEnd());
        switch (method)
        {
            case "Get":
                Reply(call, sender, "v", new BusVariant("s", arguments.EndsWith(" SystemState", StringComparison.Ordinal) ? State : "252.38-1~deb12u1"));
                break;
            case "Subscribe":
                Reply(call, sender, "");
                break;
            case "StartTransientUnit" when units.ContainsKey(unit):
                Error(call, sender, Name + ".UnitExists", $"Unit {unit} already exists.");
                break;
            case "StartTransientUnit":
                units[unit] = "active";
                if (JobResult == "done") Populate(unit, arguments);
                Job(call, sender, unit);
                break;
            case "KillUnit":
                if (groups.TryGetValue(unit, out string? group)) Kill(group);
                Reply(call, sender, "");
                break;
            case "StopUnit" when !units.Remove(unit):
                Error(call, sender, Name + ".NoSuchUnit", $"Unit {unit} not loaded.");
                break;
            case "StopUnit":
                Empty(unit);
                Job(call, sender, unit);
                break;
            case "ResetFailedUnit":
                if (units.GetValueOrDefault(unit) == "failed") units.Remove(unit);
                if (!units.ContainsKey(unit)) Error(call, sender, Name + ".NoSuchUnit", $"Unit {unit} not loaded.");
                else Reply(call, sender, "");
                break;
            case "SetUnitProperties":
                Reply(call, sender, "");
                break;
            default:
                Error(call, sender, "org.freedesktop.DBus.Error.UnknownMethod", method);
                break;
        }
    }

    private string GroupOf(string unit, string arguments)
    {
        int slice = arguments.IndexOf("(Slice, <s ", StringComparison.Ordinal);
        string name = arguments[(slice + 11)..arguments.IndexOf('>', slice)];
        return $"{Tree}/{name}/{unit}";
    }

    private readonly Dictionary<string, string> groups = [];

    private void Populate(string unit, string arguments)
    {
        string group = groups[unit] = GroupOf(unit, arguments);
        Directory.CreateDirectory(group);
        if (File.Exists(group + "/cgroup.controllers"))
            foreach (string level in (string[])[Tree, Path.GetDirectoryName(group)!])
                File.WriteAllText(level + "/cgroup.subtree_control", "+cpu +memory +pids +io");
        int pids = arguments.IndexOf("(PIDs, <au [", StringComparison.Ordinal) + 12;
        File.WriteAllText(group + "/cgroup.procs", arguments[pids..arguments.IndexOf(']', pids)]);
    }

    private static void Kill(string group)
    {
        foreach (string pid in File.ReadAllLines(group + "/cgroup.procs")) _ = Processes.TryKill(int.Parse(pid), Signals.SIGKILL);
    }

    private void Empty(string unit)
    {
        if (!groups.Remove(unit, out string? group) || !Directory.Exists(group)) return;
        Kill(group);
        LiveCgroup.Until(() => Files.TryRemoveDirectory(group) != Errno.EBUSY, "the scope is empty");
    }

    private void Job(uint call, string sender, string unit)
    {
        object[] ended = [7u, "/org/freedesktop/systemd1/job/7", unit, JobResult];
        object[] other = [6u, "/org/freedesktop/systemd1/job/6", "other.service", "failed"];
        Signal("JobRemoved", "uoss", other);
        if (EndsJobsEarly) Signal("JobRemoved", "uoss", ended);
        Reply(call, sender, "o", "/org/freedesktop/systemd1/job/7");
        if (!EndsJobsEarly) Signal("JobRemoved", "uoss", ended);
    }

    private void Call(string member, string signature, params object[] values)
    {
        MessageWriter writer = new();
        BusConnection.WriteHeader(writer, 1, ++serial, "/org/freedesktop/DBus", "org.freedesktop.DBus", member, "org.freedesktop.DBus", signature);
        SendBody(writer, signature, values);
    }

    private void Signal(string member, string signature, params object[] values)
    {
        MessageWriter writer = new();
        BusConnection.WriteHeader(writer, 4, ++serial, "/org/freedesktop/systemd1", Name + ".Manager", member, "", signature);
        SendBody(writer, signature, values);
    }

    private void Reply(uint call, string sender, string signature, params object[] values) => Respond(2, call, sender, "", signature, values);

    private void Error(uint call, string sender, string name, string text) => Respond(3, call, sender, name, "s", text);

    private void Respond(byte kind, uint call, string sender, string error, string signature, params object[] values)
    {
        MessageWriter writer = new();
        writer.WriteBytes([(byte)'l', kind, 0, 1]);
        writer.WriteUInt32(0);
        writer.WriteUInt32(++serial);
        List<object> fields = [new object[] { (byte)5, new BusVariant("u", call) }];
        if (sender.Length > 0) fields.Add(new object[] { (byte)6, new BusVariant("s", sender) });
        if (error.Length > 0) fields.Add(new object[] { (byte)4, new BusVariant("s", error) });
        if (signature.Length > 0) fields.Add(new object[] { (byte)8, new BusVariant("g", signature) });
        writer.WriteAll("a(yv)", [fields.ToArray()]);
        writer.Align(8);
        SendBody(writer, signature, values);
    }

    private void SendBody(MessageWriter writer, string signature, object[] values)
    {
        int body = writer.Length;
        writer.WriteAll(signature, values);
        writer.PatchUInt32(4, (uint)(writer.Length - body));
        Send(writer.Bytes);
    }

    private void Send(ReadOnlySpan<byte> bytes) => Files.TryWrite(connection!.Fd, bytes).ThrowIfError("send");

    private string ReadLine()
    {
        StringBuilder line = new();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal)) line.Append((char)ReadExactly(1)[0]);
        return line.ToString();
    }

    private byte[] ReadMessage()
    {
        byte[] head = ReadExactly(16);
        int rest = ((int)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(12)) + 7 & ~7) + (int)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
        return [.. head, .. ReadExactly(rest)];
    }

    private byte[] ReadExactly(int length)
    {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;)
        {
            Errno errno = Files.TryRead(connection!.Fd, bytes.AsSpan(done), out int count);
            if (errno != Errno.None || count == 0) throw new EndOfStreamException();
            done += count;
        }
        return bytes;
    }
}
