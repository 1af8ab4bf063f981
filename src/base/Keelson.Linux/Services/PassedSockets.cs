using System.Globalization;
using System.Net.Sockets;
using Keelson.Linux.Sys;

namespace Keelson.Linux.Services;

/// <summary>Listening sockets that the service manager opened before it started this process. sd_listen_fds(3).</summary>
public sealed class PassedSockets : IDisposable
{
    private const int First = 3;

    /// <summary>More sockets than a service has: a number that somebody else meant for something else.</summary>
    private const int Most = 1024;

    private readonly Dictionary<string, FdHandle> sockets = [];

    private PassedSockets()
    {
    }

    /// <summary>Where those listen that nobody has taken: paths, or addresses with ports.</summary>
    public IEnumerable<string> Addresses => sockets.Keys;

    /// <summary>Takes the sockets that the environment speaks of, and takes the words out of the environment: programs that this one starts get none.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static PassedSockets Take()
    {
        PassedSockets taken = Read(Environment.GetEnvironmentVariable, Processes.CurrentId);
        foreach (string name in (ReadOnlySpan<string>)["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) Environment.SetEnvironmentVariable(name, null);
        return taken;
    }

    /// <summary>Reads <c>LISTEN_FDS</c> and <c>LISTEN_PID</c>. The descriptors, from 3 on, become this object's and close-on-exec.</summary>
    /// <param name="variable">The value of a variable; <see langword="null"/>: it is not set.</param>
    /// <param name="processId">This process: sockets that were meant for another one are let be.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a variable is no number, or a descriptor no listening socket.</exception>
    public static PassedSockets Read(Func<string, string?> variable, int processId)
    {
        PassedSockets passed = new();
        if (variable("LISTEN_FDS") is not { Length: > 0 } count || variable("LISTEN_PID") is not { Length: > 0 } process) return passed;
        if (Number("LISTEN_PID", process, int.MaxValue) != processId) return passed;
        int end = First + Number("LISTEN_FDS", count, Most);
        try
        {
            for (int fd = First; fd < end; fd++) passed.Add(fd);
            return passed;
        }
        catch
        {
            passed.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a socket that listens at an address, and nobody has taken it.</summary>
    /// <param name="address">A path, or an address with a port: <c>127.0.0.1:2375</c>, <c>[::]:2375</c>.</param>
    public bool Has(string address) => sockets.ContainsKey(address);

    /// <summary>Takes the socket that listens at an address; it is the caller's from then on.</summary>
    /// <inheritdoc cref="Has" path="/param"/>
    public FdHandle? TryTake(string address) => sockets.Remove(address, out FdHandle? socket) ? socket : null;

    /// <summary>Closes those that nobody has taken.</summary>
    public void Dispose()
    {
        foreach (FdHandle socket in sockets.Values) socket.Dispose();
        sockets.Clear();
    }

    private void Add(int fd)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"take socket {fd} of the service manager");
        Errno errno = Files.TrySetCloseOnExec(fd, true);
        if (errno != Errno.None) throw new KeelsonException(ErrorKind.InvalidArgument, $"{what}: {errno.Describe()}");
        FdHandle handle = new(fd);
        try
        {
            using Socket socket = new(new SafeSocketHandle(fd, ownsHandle: false));
            if (socket.SocketType != SocketType.Stream || socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is 0)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"{what}: it does not listen");
            if (!sockets.TryAdd(socket.LocalEndPoint!.ToString()!, handle)) throw new KeelsonException(ErrorKind.InvalidArgument, $"{what}: another one listens at {socket.LocalEndPoint}");
        }
        catch (Exception e) when (e is SocketException or KeelsonException)
        {
            handle.Dispose();
            if (e is KeelsonException) throw;
            throw new KeelsonException(ErrorKind.InvalidArgument, what, e);
        }
    }

    private static int Number(string name, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most ? number
            : throw new KeelsonException(ErrorKind.InvalidArgument, $"environment {name}: '{text}' is no number up to {most.ToString(CultureInfo.InvariantCulture)}");
}
