using System.Net;
using System.Net.Sockets;
using Keelson.Hosting.Transport;
using Microsoft.AspNetCore.Connections;

namespace Keelson.Hosting.Tests.Transport;

/// <summary>A listener of the transport, and both ends of connections to it.</summary>
internal sealed class ConnectionPair : IAsyncDisposable
{
    private readonly Socket listening;
    private readonly string? directory;
    private readonly List<IAsyncDisposable> connections = [];
    private readonly List<Socket> clients = [];

    public ConnectionPair(bool isUnix = false)
    {
        if (isUnix)
        {
            directory = TestDirectory.Make("transport");
            listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listening.Bind(new UnixDomainSocketEndPoint(directory + "/socket"));
        }
        else
        {
            listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }
        listening.Listen(1024);
        Listener = new(new(new SafeSocketHandle(listening.Handle, ownsHandle: false)), Pool);
    }

    public CountingPool Pool { get; } = new(new BlockPool());

    public SocketListener Listener { get; }

    /// <summary>One more connection.</summary>
    public async Task<(Socket Client, ConnectionContext Server)> ConnectAsync()
    {
        Socket client = new(listening.AddressFamily, SocketType.Stream, listening.ProtocolType);
        clients.Add(client);
        await client.ConnectAsync(listening.LocalEndPoint!);
        ConnectionContext server = (await Listener.AcceptAsync())!;
        connections.Add(server);
        return (client, server);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Socket client in clients) client.Dispose();
        foreach (IAsyncDisposable connection in connections) await connection.DisposeAsync();
        await Listener.DisposeAsync();
        listening.Dispose();
        Assert.Equal(0, Pool.Taken);
        if (directory is not null) TestDirectory.Remove(directory);
    }
}
