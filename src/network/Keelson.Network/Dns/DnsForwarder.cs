using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Dns;

/// <summary>Asks other servers what is not known here. A question goes out as it came, and so does the answer to it.</summary>
/// <param name="sandbox">Where containers ask from.</param>
/// <param name="upstreams">Who is asked, one after the other; none: there is no way out, and what is not known here does not exist.</param>
internal sealed class DnsForwarder(NetworkPlace sandbox, Func<IReadOnlyList<DnsUpstream>> upstreams) : IAsyncDisposable
{
    private const int LongestMessage = 65_535;

    /// <summary>Questions that are on their way at the same time; more are told that the server has failed.</summary>
    private const int AskedLimit = 1024;

    /// <summary>How long one server is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private const byte ServerFailure = 2, NoSuchName = 3;

    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim asked = new(AskedLimit, AskedLimit);

    /// <summary>Takes a place among the questions that are on their way; who has one asks, and gives it back.</summary>
    public bool TryEnter() => asked.Wait(0);

    /// <summary>Gives the place back.</summary>
    public void Leave() => asked.Release();

    /// <summary>Asks.</summary>
    /// <returns>An answer in any case; that the server has failed when nobody else has one.</returns>
    public async Task<byte[]> AskAsync(byte[] query, bool isStream)
    {
        IReadOnlyList<DnsUpstream> servers = upstreams();
        if (servers.Count == 0) return Failed(query, NoSuchName);
        foreach (DnsUpstream server in servers.Take(DnsServer.UpstreamLimit))
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            limit.CancelAfter(Patience);
            try
            {
                return isStream ? await AskTcpAsync(server, query, limit.Token).ConfigureAwait(false) : await AskUdpAsync(server, query, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                if (stop.IsCancellationRequested) break;
                // The next one may know.
            }
        }
        return Failed(query);
    }

    /// <summary>Waits until nothing is on its way any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        for (int i = 0; i < AskedLimit; i++) await asked.WaitAsync().ConfigureAwait(false);
        stop.Dispose();
        asked.Dispose();
    }

    private async Task<byte[]> AskUdpAsync(DnsUpstream server, byte[] query, CancellationToken cancel)
    {
        using Socket socket = Make(server, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(server.Address, server.Port), cancel).ConfigureAwait(false);
        // Who sees the question may answer in the server's place; who does not must guess this and the port.
        byte[] sent = [.. query];
        RandomNumberGenerator.Fill(sent.AsSpan(0, 2));
        await socket.SendAsync(sent, SocketFlags.None, cancel).ConfigureAwait(false);
        byte[] answer = new byte[LongestMessage];
        while (true)
        {
            int length = await socket.ReceiveAsync(answer, SocketFlags.None, cancel).ConfigureAwait(false);
            if (length < DnsQuestion.HeaderBytes || answer[0] != sent[0] || answer[1] != sent[1] || (answer[2] & 0x80) == 0) continue;
            query.AsSpan(0, 2).CopyTo(answer);
            return answer[..length];
        }
    }

    private async Task<byte[]> AskTcpAsync(DnsUpstream server, byte[] query, CancellationToken cancel)
    {
        using Socket socket = Make(server, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(server.Address, server.Port), cancel).ConfigureAwait(false);
        using NetworkStream stream = new(socket);
        byte[] framed = [(byte)(query.Length >> 8), (byte)query.Length, .. query];
        await stream.WriteAsync(framed, cancel).ConfigureAwait(false);
        byte[] head = new byte[2];
        await stream.ReadExactlyAsync(head, cancel).ConfigureAwait(false);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
        await stream.ReadExactlyAsync(answer, cancel).ConfigureAwait(false);
        if (answer.Length < DnsQuestion.HeaderBytes) throw new IOException("the answer is too short");
        return answer;
    }

    private Socket Make(DnsUpstream server, SocketType type, ProtocolType protocol)
    {
        Socket MakeHere() => new(server.Address.AddressFamily, type, protocol);
        return server.IsOfHost ? MakeHere() : sandbox.Run(MakeHere);
    }

    /// <summary>The question with a word of what has become of it.</summary>
    public static byte[] Failed(byte[] query, byte code = ServerFailure)
    {
        if (DnsQuestion.TryRead(query, out DnsQuestion question))
        {
            byte[] whole = new byte[question.End];
            DnsAnswer answer = new(query, question, whole, whole.Length);
            answer.Fail(code);
            return whole;
        }
        byte[] head = query[..DnsQuestion.HeaderBytes];
        head[2] = (byte)(0x80 | head[2] & 0x79);
        head[3] = (byte)(0x80 | code);
        head.AsSpan(4).Clear();
        return head;
    }
}
