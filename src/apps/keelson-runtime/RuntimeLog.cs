using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.RuntimeCli;

/// <summary>The log that callers read the reason of a failure from: lines with level, msg and time.</summary>
/// <remarks>
/// <c>--log FILE</c>, <c>--log journald:NAME</c> or <c>--log syslog:NAME</c>; <c>--log-format text|json</c> for a file. containerd and dockerd read
/// the last line whose level is <c>error</c>.
/// </remarks>
internal sealed class RuntimeLog
{
    private const string JournalSocket = "/run/systemd/journal/socket", SyslogSocket = "/dev/log";
    private const int FacilityDaemon = 3 << 3, PriorityError = 3, PriorityWarning = 4, PriorityDebug = 7;
    private const OpenFlags AppendFlags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND;
    private const uint FileMode = 0b110_100_100;
    private readonly string? target;
    private readonly bool isJson, isDebug;

    /// <summary>A log that is opened for each line: no descriptor of it is ever in a container's reach.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: an unknown format. The file cannot be opened.</exception>
    public RuntimeLog(string? target, string format, bool isDebug)
    {
        if (format is not ("text" or "json")) throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --log-format: '{format}' is neither text nor json");
        (this.target, isJson, this.isDebug) = (target, format == "json", isDebug);
        if (target is null || IsJournal(target) || IsSyslog(target)) return;
        Files.TryOpen(target, AppendFlags, out FdHandle? file, FileMode).ThrowIfError("open log", target);
        file!.Dispose();
    }

    private static bool IsJournal(string target) => target.StartsWith("journald:", StringComparison.Ordinal);

    private static bool IsSyslog(string target) => target.StartsWith("syslog:", StringComparison.Ordinal);

    /// <summary>Writes why the command fails.</summary>
    public void Error(string message) => Write("error", PriorityError, message);

    /// <summary>Writes what is odd but no reason to stop; to standard error when there is no log.</summary>
    public void Warning(string message)
    {
        if (target is null) Output.Error("warning: " + message);
        else Write("warning", PriorityWarning, message);
    }

    /// <summary>Writes what is of interest to who debugs.</summary>
    public void Debug(string message)
    {
        if (isDebug) Write("debug", PriorityDebug, message);
    }

    private void Write(string level, int priority, string message)
    {
        if (target is null) return;
        Errno errno = IsJournal(target) ? SendToJournal(priority, target[9..], message)
            : IsSyslog(target) ? SendToSyslog(priority, target[7..], message)
            : Files.TryWriteFile(target, Line(level, message), AppendFlags, FileMode);
        if (errno != Errno.None) Output.Error($"write log {target}: {errno.Describe()}");
    }

    private ReadOnlySpan<byte> Line(string level, string message)
    {
        string time = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        ArrayBufferWriter<byte> buffer = new(256);
        if (isJson)
        {
            using Utf8JsonWriter json = new(buffer);
            json.WriteStartObject();
            json.WriteString("level"u8, level);
            json.WriteString("msg"u8, message);
            json.WriteString("time"u8, time);
            json.WriteEndObject();
            json.Flush();
            buffer.Write("\n"u8);
            return buffer.WrittenSpan;
        }
        string quoted = message.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes($"time=\"{time}\" level={level} msg=\"{quoted}\"\n");
    }

    /// <summary>One datagram of fields in the journal's native protocol; a value with line breaks has its length before it.</summary>
    private static Errno SendToJournal(int priority, string name, string message)
    {
        ArrayBufferWriter<byte> datagram = new(256);
        datagram.Write(Encoding.UTF8.GetBytes($"PRIORITY={priority}\nSYSLOG_IDENTIFIER={(name.Length == 0 ? "keelson-runtime" : name)}\nMESSAGE\n"));
        byte[] text = Encoding.UTF8.GetBytes(message);
        Span<byte> length = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        datagram.Write(length);
        datagram.Write(text);
        datagram.Write("\n"u8);
        return Send(JournalSocket, datagram.WrittenSpan);
    }

    /// <summary>RFC 3164 as local programs write it: without host and time.</summary>
    private static Errno SendToSyslog(int priority, string name, string message) =>
        Send(SyslogSocket, Encoding.UTF8.GetBytes($"<{FacilityDaemon | priority}>{(name.Length == 0 ? "keelson-runtime" : name)}[{Processes.CurrentId}]: {message}"));

    private static Errno Send(string socket, ReadOnlySpan<byte> datagram)
    {
        Errno errno = Sockets.TryConnect(socket, out FdHandle? connection, datagram: true);
        if (errno != Errno.None) return errno;
        using (connection) return Sockets.TrySend(connection!.Fd, datagram, []);
    }
}
