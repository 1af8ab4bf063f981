using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>Connections that are made in another network namespace than the test's own.</summary>
public static class NamespaceClient
{
    /// <summary>What an <see cref="HttpClient"/> connects with.</summary>
    /// <param name="network">File of the namespace; <see langword="null"/>: the test's own.</param>
    public static SocketsHttpHandler Handler(string? network) => new()
    {
        ConnectCallback = async (context, cancel) =>
        {
            Socket socket = Open(network);
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
        UseCookies = false,
        AllowAutoRedirect = false,
    };

    /// <summary>Makes a socket of TCP over IPv4: it stays in the namespace that it was made in.</summary>
    private static Socket Open(string? network)
    {
        Socket? socket = null;
        Errno errno = Errno.None;
        // A thread that ends where it has gone needs no way back.
        Thread thread = new(() =>
        {
            if (network is not null)
            {
                using FdHandle place = Files.Open(network, OpenFlags.O_RDONLY);
                errno = Processes.TryJoin(place.Fd, (ulong)CloneFlags.CLONE_NEWNET);
            }
            if (errno == Errno.None) socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        });
        thread.Start();
        thread.Join();
        errno.ThrowIfError("join network namespace", network ?? "");
        return socket!;
    }
}
