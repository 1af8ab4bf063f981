using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Keelson.Distribution.Tests;

/// <summary>An HTTP/1.1 server on the loopback interface whose answers a test writes byte by byte.</summary>
internal class RawServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentBag<Task> connections = [];
    private readonly ConcurrentBag<Peer> peers = [];
    private readonly Task accepting;

    public RawServer(Func<Request, Peer, CancellationToken, Task> answer)
    {
        Answer = answer;
        listener.Start();
        accepting = AcceptAsync();
    }

    protected RawServer() : this((_, peer, _) => peer.AnswerAsync(404))
    {
    }

    /// <summary>Host and port.</summary>
    public string Name => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>All requests so far, in their order.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Bytes of bodies that all clients got.</summary>
    public long Sent => peers.Sum(peer => peer.Sent);

    protected Func<Request, Peer, CancellationToken, Task> Answer { get; set; }

    public IEnumerable<Request> Of(string method, string part) => Requests.Where(r => r.Method == method && r.Target.Contains(part, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(connections);
        stop.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) connections.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException || (e is InvalidOperationException && stop.IsCancellationRequested))
        {
            // The test is over; a listener that was stopped between two clients says that it does not listen.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
            try
            {
                Peer peer = new(client);
                peers.Add(peer);
                using CancellationTokenRegistration registration = stop.Token.Register(client.Close);
                Stream stream = new BufferedStream(client.GetStream(), 1 << 16);
                while (!peer.IsBroken && await ReadAsync(stream) is { } request)
                {
                    Requests.Enqueue(request);
                    await Answer(request, peer, stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException or NotSupportedException)
            {
                // The client has gone, or the test is over: a closed stream does not support reading.
            }
    }

    private static async Task<Request?> ReadAsync(Stream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (head.Length < 4 || head[^1] != '\n' || head[^3] != '\n')
        {
            if (await stream.ReadAsync(one) == 0) return null;
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1)) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        byte[] body = new byte[headers.TryGetValue("Content-Length", out string? length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body);
        return new Request(first[0], first[1], headers, body);
    }
}
