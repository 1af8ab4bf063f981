using System.Net;
using System.Net.Sockets;

namespace Keelson.DockerApi.Tests;

/// <summary>Stands before a server on loopback, counts what the server sends, and can stop passing it on.</summary>
internal sealed class HaltingProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly int server;
    private long passed;

    /// <param name="server">Port of the server.</param>
    public HaltingProxy(int server)
    {
        this.server = server;
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens, as a registry's name.</summary>
    public string Name => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Bytes that clients got.</summary>
    public long PassedBytes => Volatile.Read(ref passed);

    /// <summary>After so many bytes nothing more is passed on, and connections stay open.</summary>
    public long LimitBytes { get; set; } = long.MaxValue;

    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (TcpClient upstream = new())
        {
            try
            {
                await upstream.ConnectAsync(IPAddress.Loopback, server, stop.Token);
                Task asked = client.GetStream().CopyToAsync(upstream.GetStream(), stop.Token), answered = AnswerAsync(upstream.GetStream(), client.GetStream());
                await Task.WhenAny(asked, answered);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // Its client is gone, which is what the test is about.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[64 << 10];
        for (int count; (count = await from.ReadAsync(buffer, stop.Token)) > 0;)
        {
            while (PassedBytes >= LimitBytes) await Task.Delay(20, stop.Token);
            await to.WriteAsync(buffer.AsMemory(0, count), stop.Token);
            Interlocked.Add(ref passed, count);
        }
    }
}
