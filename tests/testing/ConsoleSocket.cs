using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>A socket that takes a descriptor from the runtime: the caller's end of <c>--console-socket</c> and <c>--pidfd-socket</c>.</summary>
public sealed class ConsoleSocket : IDisposable
{
    private readonly FdHandle listener;

    /// <summary>Listens.</summary>
    /// <param name="directory">Where the socket goes.</param>
    public ConsoleSocket(string directory)
    {
        SocketPath = directory + "/console.sock";
        File.Delete(SocketPath);
        Sockets.TryListen(SocketPath, out FdHandle? handle).ThrowIfError("listen on", SocketPath);
        listener = handle!;
    }

    /// <summary>What to give to the runtime.</summary>
    public string SocketPath { get; }

    /// <summary>Takes the runtime's connection and the one descriptor that comes with it.</summary>
    /// <param name="text">The text of the message.</param>
    /// <exception cref="KeelsonException">Unavailable: none came. FailedPrecondition: more or less than one came.</exception>
    public FdHandle Receive(out string text)
    {
        FdHandle[] descriptors = ReceiveAll(out text);
        if (descriptors.Length != 1) throw new KeelsonException(ErrorKind.FailedPrecondition, $"receive a descriptor: {descriptors.Length} came");
        return descriptors[0];
    }

    /// <summary>Takes the runtime's connection and the descriptors that come with its first message.</summary>
    /// <param name="text">The text of the message.</param>
    public FdHandle[] ReceiveAll(out string text)
    {
        AwaitInput(listener.Fd, "a connection to " + SocketPath);
        Sockets.TryAccept(listener.Fd, out FdHandle? connection).ThrowIfError("accept", SocketPath);
        using (connection)
        {
            AwaitInput(connection!.Fd, "a message on " + SocketPath);
            byte[] data = new byte[65536];
            Sockets.TryReceive(connection.Fd, data, out int count, out FdHandle[] descriptors).ThrowIfError("receive", SocketPath);
            text = Encoding.UTF8.GetString(data, 0, count);
            return descriptors;
        }
    }

    /// <summary>Takes the master of the container's terminal.</summary>
    public PseudoTerminal ReceiveTerminal() => new(Receive(out _));

    /// <inheritdoc/>
    public void Dispose()
    {
        listener.Dispose();
        File.Delete(SocketPath);
    }

    private static void AwaitInput(int fd, string what)
    {
        Files.TryPoll([new() { Fd = fd, Events = PollEvents.POLLIN }], (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("wait for", what);
        if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"wait for {what}: it did not come");
    }
}
