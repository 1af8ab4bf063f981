using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli;

/// <summary>Standard output, gathered until it is flushed, and standard error, at once; without the console classes and what they cost at start-up.</summary>
internal static class Output
{
    private const int FlushAt = 16 << 10;
    private static readonly StringBuilder Pending = new();

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsTerminal => Terminals.TryReadSize(1, out _, out _) == Errno.None;

    /// <summary>Gathers text.</summary>
    public static void Write(ReadOnlySpan<char> text)
    {
        Pending.Append(text);
        if (Pending.Length >= FlushAt) Flush();
    }

    /// <summary>Gathers a line.</summary>
    public static void WriteLine(string line)
    {
        Pending.Append(line);
        Write("\n");
    }

    /// <summary>Writes bytes after all that was gathered.</summary>
    public static void Write(ReadOnlySpan<byte> bytes)
    {
        Flush();
        WriteTo(1, bytes);
    }

    /// <summary>Writes what was gathered.</summary>
    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    public static void Flush()
    {
        if (Pending.Length == 0) return;
        byte[] bytes = Encoding.UTF8.GetBytes(Pending.ToString());
        Pending.Clear();
        WriteTo(1, bytes);
    }

    /// <summary>Writes bytes to a descriptor.</summary>
    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    public static void WriteTo(int fd, ReadOnlySpan<byte> bytes)
    {
        Errno errno;
        while ((errno = Files.TryWriteSome(fd, bytes, out int count)) is Errno.None or Errno.EAGAIN)
        {
            bytes = bytes[count..];
            if (bytes.IsEmpty) return;
            if (errno == Errno.EAGAIN) Files.TryPoll([new PollEntry { Fd = fd, Events = PollEvents.POLLOUT }], -1, out _);
        }
        if (errno is Errno.EPIPE or Errno.EBADF) throw new OutputClosedException();
        errno.ThrowIfError("write", fd == 1 ? "standard output" : "standard error");
    }

    /// <summary>Writes a line to standard error, after all that was gathered.</summary>
    public static void Error(string line)
    {
        Flush();
        Files.TryWrite(2, Encoding.UTF8.GetBytes(line + "\n"));
    }
}
