using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli;

/// <summary>Standard output, gathered until it is flushed, and standard error, at once; without the console classes and what they cost at start-up.</summary>
internal static class Output
{
    private static readonly byte[] Pending = new byte[16 << 10];
    private static int length;

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsTerminal => Terminals.TryReadSize(1, out _, out _) == Errno.None;

    /// <summary>Gathers text.</summary>
    public static void Write(ReadOnlySpan<char> text)
    {
        int read, written;
        while (Utf8.FromUtf16(text, Pending.AsSpan(length), out read, out written) == OperationStatus.DestinationTooSmall)
        {
            length += written;
            text = text[read..];
            Flush();
        }
        length += written;
    }

    /// <summary>Gathers a line.</summary>
    public static void WriteLine(string line)
    {
        Write(line);
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
        int count = length;
        length = 0;
        if (count > 0) WriteTo(1, Pending.AsSpan(0, count));
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
