using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>A server in a namespace that sends each byte back, on a thread of its own; and a client of it.</summary>
internal sealed class ByteServer : IDisposable
{
    private const int Exchanges = 3000, WarmUps = 200;

    /// <summary>How often a byte goes to and fro in <see cref="Exchange"/>.</summary>
    public const int AllExchanges = Exchanges + WarmUps;

    private readonly Socket listener;
    private readonly Thread thread;

    public ByteServer(string place, int port)
    {
        using FdHandle file = SandboxNamespace.Open(place);
        listener = Ground.Open(new(file), ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, port));
        listener.Listen();
        thread = new(Serve);
        thread.Start();
    }

    /// <summary>Sends a byte and waits for it, again and again.</summary>
    /// <returns>Median and 99th percentile, in microseconds.</returns>
    public static (double Median, double P99) Exchange(string place, IPEndPoint server)
    {
        using FdHandle file = SandboxNamespace.Open(place);
        using Socket socket = Ground.Open(new(file), ProtocolType.Tcp);
        socket.Connect(server);
        byte[] one = [1];
        double[] times = new double[Exchanges];
        for (int i = -WarmUps; i < Exchanges; i++)
        {
            long start = Stopwatch.GetTimestamp();
            socket.Send(one);
            if (socket.Receive(one) != 1) throw new InvalidOperationException($"{server} has closed the connection");
            if (i >= 0) times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        Array.Sort(times);
        return (times[Exchanges / 2], times[Exchanges * 99 / 100]);
    }

    public void Dispose()
    {
        listener.Dispose();
        thread.Join();
    }

    private void Serve()
    {
        byte[] one = new byte[1];
        while (true)
        {
            try
            {
                using Socket client = listener.Accept();
                client.NoDelay = true;
                while (client.Receive(one) == 1) client.Send(one);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
