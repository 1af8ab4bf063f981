using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>The caller's end of <c>--console-socket</c>: takes the master of the container's terminal and talks to it.</summary>
public sealed class ConsoleSocket : IDisposable
{
    private readonly FdHandle listener;
    private readonly StringBuilder seen = new();
    private FdHandle? master;

    /// <summary>Listens.</summary>
    /// <param name="directory">Where the socket goes.</param>
    public ConsoleSocket(string directory)
    {
        SocketPath = directory + "/console.sock";
        File.Delete(SocketPath);
        Sockets.TryListen(SocketPath, out FdHandle? handle).ThrowIfError("listen on", SocketPath);
        listener = handle!;
    }

    /// <summary>What to give to <c>--console-socket</c>.</summary>
    public string SocketPath { get; }

    /// <summary>The master, once it was received.</summary>
    public FdHandle Master => master ?? throw new InvalidOperationException("no terminal was received yet");

    /// <summary>What was read from the terminal so far; lines end in CR LF, as terminals write them.</summary>
    public string Seen => seen.ToString();

    /// <summary>Takes the runtime's connection and the descriptor that comes with it.</summary>
    /// <returns>The text of the message: the name of the terminal, where the runtime sends it.</returns>
    public string Receive()
    {
        AwaitInput(listener.Fd, "a connection to the console socket");
        Sockets.TryAccept(listener.Fd, out FdHandle? connection).ThrowIfError("accept", SocketPath);
        using (connection)
        {
            AwaitInput(connection!.Fd, "a message on the console socket");
            byte[] data = new byte[4096];
            Sockets.TryReceive(connection.Fd, data, out int count, out FdHandle[] descriptors).ThrowIfError("receive", SocketPath);
            if (descriptors.Length != 1) throw new KeelsonException(ErrorKind.FailedPrecondition, $"receive a terminal: {descriptors.Length} descriptors came");
            master = descriptors[0];
            return Encoding.UTF8.GetString(data, 0, count);
        }
    }

    /// <summary>Types a text.</summary>
    public void Type(string text) => Files.TryWrite(Master.Fd, Encoding.UTF8.GetBytes(text)).ThrowIfError("write to", "terminal");

    /// <summary>Reads until a text was seen, or until the other side is closed.</summary>
    /// <returns>Whether it was seen.</returns>
    public bool ReadUntil(string text)
    {
        byte[] buffer = new byte[4096];
        while (!Seen.Contains(text, StringComparison.Ordinal))
        {
            AwaitInput(Master.Fd, $"'{text}' from the terminal, which said '{Seen}'");
            Errno errno = Files.TryRead(Master.Fd, buffer, out int count);
            if (errno == Errno.EIO || count == 0) return false;
            errno.ThrowIfError("read from", "terminal");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return true;
    }

    /// <summary>Reads until the other side is closed.</summary>
    public string ReadToEnd()
    {
        ReadUntil("\0");
        return Seen;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        master?.Dispose();
        listener.Dispose();
        File.Delete(SocketPath);
    }

    private static void AwaitInput(int fd, string what)
    {
        Files.TryPoll([new() { Fd = fd, Events = PollEvents.POLLIN }], (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("wait for", what);
        if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"wait for {what}: it did not come");
    }
}
