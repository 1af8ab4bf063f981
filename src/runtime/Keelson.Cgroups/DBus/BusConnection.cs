using System.Diagnostics;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups.DBus;

/// <summary>A connection to a message bus, or straight to a program that speaks its protocol. Calls block; nothing runs beside them.</summary>
/// <remarks>
/// D-Bus specification. Written here because the libraries for it are built on asynchronous sockets: those alone would make the runtime's
/// executable larger by 0.67 MB of 2.2, for a handful of calls.
/// </remarks>
internal sealed class BusConnection : IDisposable
{
    private const string Bus = "org.freedesktop.DBus", BusPath = "/org/freedesktop/DBus";

    /// <summary>Signals that nobody has asked for yet; older ones are dropped.</summary>
    private const int MaximumSignals = 1000;

    private readonly FdHandle socket;
    private readonly TimeSpan bound;
    private readonly List<BusMessage> signals = [];
    private byte[] received = new byte[4096];
    private int receivedLength;
    private uint lastSerial;

    private BusConnection(FdHandle socket, TimeSpan bound)
    {
        this.socket = socket;
        this.bound = bound;
    }

    /// <summary>Connects and authenticates.</summary>
    /// <param name="path">Socket.</param>
    /// <param name="isBus">Whether a bus listens there, which wants to be greeted, or the program itself.</param>
    /// <param name="bound">How long each answer may take.</param>
    /// <exception cref="LinuxException">ENOENT or ECONNREFUSED: nobody listens.</exception>
    /// <exception cref="KeelsonException">PermissionDenied: the other side does not accept the caller's user.</exception>
    public static BusConnection Open(string path, bool isBus, TimeSpan bound)
    {
        Sockets.TryConnect(path, out FdHandle? socket).ThrowIfError("connect to d-bus at", path);
        BusConnection connection = new(socket!, bound);
        try
        {
            connection.Authenticate(path);
            if (isBus) connection.Call(Bus, BusPath, Bus, "Hello", "");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks the bus for signals that match a rule. The program at the other end of a private connection sends all of its signals.</summary>
    public void Match(string rule) => Call(Bus, BusPath, Bus, "AddMatch", "s", rule);

    /// <summary>Calls a method and waits for the answer.</summary>
    /// <param name="destination">Who is called; empty on a private connection.</param>
    /// <param name="path">Object.</param>
    /// <param name="type">Interface.</param>
    /// <param name="member">Method.</param>
    /// <param name="signature">Types of the arguments.</param>
    /// <param name="arguments">One value for each type.</param>
    /// <exception cref="BusException">The answer is an error.</exception>
    /// <exception cref="KeelsonException">Unavailable: no answer in time, or the connection broke.</exception>
    public BusMessage Call(string destination, string path, string type, string member, string signature, params ReadOnlySpan<object> arguments)
    {
        uint serial = ++lastSerial;
        MessageWriter writer = new();
        WriteHeader(writer, BusMessage.Call, serial, path, type, member, destination, signature);
        int body = writer.Length;
        writer.WriteAll(signature, arguments);
        writer.PatchUInt32(4, (uint)(writer.Length - body));
        Send(writer.Bytes, member);

        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            BusMessage message = Receive(start, member);
            if (message.Type is BusMessage.Reply or BusMessage.Error && message.ReplySerial == serial)
            {
                if (message.Type == BusMessage.Reply) return message;
                string text = message.Signature.StartsWith('s') ? message.ReadString() : "";
                throw new BusException(KindOf(message.ErrorName), message.ErrorName, $"d-bus call {member}: {message.ErrorName} ({text})");
            }
            Keep(message);
        }
    }

    /// <summary>Waits for a signal; one that came in the meantime counts.</summary>
    /// <param name="member">Name of the signal.</param>
    /// <param name="isWanted">Looks at the values.</param>
    /// <exception cref="KeelsonException">Unavailable: none in time, or the connection broke.</exception>
    public BusMessage WaitForSignal(string member, Func<BusMessage, bool> isWanted)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            while (signals.Count > 0)
            {
                BusMessage signal = signals[0];
                signals.RemoveAt(0);
                if (signal.Member == member && isWanted(signal)) return signal;
            }
            Keep(Receive(start, member));
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Writes a header whose body is to follow; its length at byte 4 is 0.</summary>
    internal static void WriteHeader(MessageWriter writer, byte kind, uint serial, string path, string type, string member, string destination, string signature)
    {
        writer.WriteByte((byte)'l');
        writer.WriteByte(kind);
        writer.WriteByte(0);
        writer.WriteByte(1);
        writer.WriteUInt32(0);
        writer.WriteUInt32(serial);
        writer.WriteUInt32(0);
        WriteField(writer, 1, "o", path);
        WriteField(writer, 2, "s", type);
        WriteField(writer, 3, "s", member);
        WriteField(writer, 6, "s", destination);
        WriteField(writer, 8, "g", signature);
        writer.PatchUInt32(12, (uint)(writer.Length - BusMessage.FixedBytes));
        writer.Align(8);
    }

    private static void WriteField(MessageWriter writer, byte code, string signature, string value)
    {
        if (value.Length == 0) return;
        writer.Align(8);
        writer.WriteByte(code);
        writer.WriteSignature(signature);
        if (signature == "g") writer.WriteSignature(value);
        else writer.WriteString(value);
    }

    /// <summary>The EXTERNAL mechanism: the kernel tells the other side who we are. All is sent at once; the answers are DATA and OK.</summary>
    private void Authenticate(string path)
    {
        Send("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8, "AUTH");
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            int end = received.AsSpan(0, receivedLength).IndexOf("\r\n"u8);
            if (end < 0)
            {
                Fill(start, "AUTH");
                continue;
            }
            string line = Encoding.ASCII.GetString(received, 0, end);
            Drop(end + 2);
            if (line.StartsWith("OK", StringComparison.Ordinal)) return;
            if (!line.StartsWith("DATA", StringComparison.Ordinal))
                throw new KeelsonException(ErrorKind.PermissionDenied, $"authenticate to d-bus at {path}: the answer is '{line}'");
        }
    }

    private void Send(ReadOnlySpan<byte> bytes, string what)
    {
        Errno errno = Errno.None;
        while (!bytes.IsEmpty && errno == Errno.None)
        {
            // One kernel call takes at most what fits into the socket; it waits for room.
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, 65536)];
            errno = Sockets.TrySend(socket.Fd, part, []);
            bytes = bytes[part.Length..];
        }
        errno.ThrowIfError("send d-bus message", what);
    }

    private BusMessage Receive(long start, string what)
    {
        while (true)
        {
            int length = BusMessage.LengthOf(received.AsSpan(0, receivedLength));
            if (length > 0 && receivedLength >= length)
            {
                BusMessage message = BusMessage.Parse(received[..length]);
                Drop(length);
                return message;
            }
            Fill(start, what);
        }
    }

    private void Fill(long start, string what)
    {
        if (receivedLength == received.Length) Array.Resize(ref received, received.Length * 2);
        Span<PollEntry> poll = [new() { Fd = socket.Fd, Events = PollEvents.POLLIN }];
        int left = (int)Math.Clamp((bound - Stopwatch.GetElapsedTime(start)).TotalMilliseconds, 0, int.MaxValue);
        Errno errno = Files.TryPoll(poll, left, out int ready);
        if (errno == Errno.EINTR) return;
        errno.ThrowIfError("wait for d-bus answer to", what);
        if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"d-bus call {what}: no answer within {bound.TotalSeconds} s");
        Files.TryRead(socket.Fd, received.AsSpan(receivedLength), out int count).ThrowIfError("read d-bus answer to", what);
        if (count == 0) throw new KeelsonException(ErrorKind.Unavailable, $"d-bus call {what}: the other side closed the connection");
        receivedLength += count;
    }

    private void Drop(int count)
    {
        received.AsSpan(count, receivedLength - count).CopyTo(received);
        receivedLength -= count;
    }

    private void Keep(BusMessage message)
    {
        if (message.Type != BusMessage.Signal) return;
        if (signals.Count == MaximumSignals) signals.RemoveAt(0);
        signals.Add(message);
    }

    private static ErrorKind KindOf(string name) => name[(name.LastIndexOf('.') + 1)..] switch
    {
        "UnitExists" => ErrorKind.AlreadyExists,
        "NoSuchUnit" or "ServiceUnknown" or "NameHasNoOwner" => ErrorKind.NotFound,
        "AccessDenied" or "InteractiveAuthorizationRequired" => ErrorKind.PermissionDenied,
        "InvalidArgs" or "PropertyReadOnly" or "BadUnitSetting" => ErrorKind.InvalidArgument,
        "NoReply" or "Timeout" or "TimedOut" or "Disconnected" => ErrorKind.Unavailable,
        _ => ErrorKind.Unknown,
    };
}
