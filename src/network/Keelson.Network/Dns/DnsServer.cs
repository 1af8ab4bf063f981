using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Netlink.Netfilter;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Dns;

/// <summary>The server of names in a container's namespace, at 127.0.0.11: it knows its neighbours and asks others for the rest.</summary>
/// <remarks>
/// It listens at ports that the kernel chose, and a rule in the namespace leads port 53 of 127.0.0.11 there, so that a container that serves names itself has port 53 for itself. A question that
/// cannot be answered here goes out as it came, and so does the answer to it, whatever it is about.
/// </remarks>
public sealed class DnsServer : IAsyncDisposable
{
    /// <summary>What containers have in <c>resolv.conf</c>.</summary>
    public static readonly IPAddress Address = new([127, 0, 0, 11]);

    /// <summary>Most servers that are asked one after the other, as with resolv.conf(5).</summary>
    public const int UpstreamLimit = 3;

    private const int Port = 53, LongestMessage = 65_535, LongestQuery = 4096;

    /// <summary>Most clients of TCP at the same time.</summary>
    private const int ClientLimit = 256;

    /// <summary>How long a client of TCP may be silent.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private static readonly IPNetwork Own = new(Address, 32);

    private static readonly NftTable Table = new(NftFamily.Ip, "keelson-dns");

    private readonly NetworkPlace sandbox;
    private readonly INameSource names;
    private readonly DnsForwarder others;
    private readonly Socket udp, tcp;
    private readonly CancellationTokenSource stop = new();
    private readonly DnsLoop loop;
    private readonly bool isLoopOwn;
    private readonly ulong datagrams;
    private readonly Task work;
    private int open;

    /// <summary>Begins to serve.</summary>
    /// <param name="sandbox">The container's namespace, which stays the caller's and is needed as long as the server is.</param>
    /// <param name="names">What is known here.</param>
    /// <param name="upstreams">Who is asked for the rest; none: there is no way out, and what is not known here does not exist.</param>
    /// <param name="loop">Hears the datagrams, with those of other servers, and is needed as long as the server is; <see langword="null"/>: one of its own.</param>
    /// <exception cref="LinuxException">The rules cannot be laid.</exception>
    /// <exception cref="SocketException">The sockets cannot be opened.</exception>
    public DnsServer(NetworkPlace sandbox, INameSource names, Func<IReadOnlyList<DnsUpstream>> upstreams, DnsLoop? loop = null)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        (this.sandbox, this.names) = (sandbox, names);
        (udp, tcp) = sandbox.Run(Open);
        others = new(sandbox, upstreams);
        isLoopOwn = loop is null;
        try
        {
            Lead();
            this.loop = loop ?? new();
            datagrams = this.loop.Add((int)udp.Handle, Hear);
        }
        catch
        {
            if (isLoopOwn) this.loop?.Dispose();
            udp.Dispose();
            tcp.Dispose();
            throw;
        }
        work = ServeTcpAsync();
    }

    /// <summary>Lays the rules of the namespace again, when somebody there has removed them.</summary>
    public void Lead()
    {
        using NftSocket filters = NftSocket.Open(sandbox.Namespace);
        (IPEndPoint questions, IPEndPoint streams) = ((IPEndPoint)udp.LocalEndPoint!, (IPEndPoint)tcp.LocalEndPoint!);
        NftBatch batch = new NftBatch().Add(Table).Remove(Table).Add(Table).Add(Table, new NftChain("output") { Hook = NftHook.Output, Priority = NftPriority.Raw })
            .Add(Table, new NftChain("input") { Hook = NftHook.Input, Priority = NftPriority.Mangle });
        // Questions and answers are changed one by one. With "dnat" the kernel would keep account of all connections of the container, which costs each of its packets. Where the container has
        // rules of its own that want that account, it sees one port of the server in both directions.
        foreach ((byte protocol, IPEndPoint at) in ((byte, IPEndPoint)[])[(PublishedPort.Udp, questions), (PublishedPort.Tcp, streams)])
        {
            bool isUdp = protocol == PublishedPort.Udp;
            batch.Add(Table, "output", new NftRule().Destination(Own).Protocol(protocol).ToPort(Port).SetDestinationPort(isUdp, at.Port))
                .Add(Table, "input", new NftRule().Source(Own).Protocol(protocol).FromPort(at.Port).SetSourcePort(isUdp, Port));
        }
        filters.Commit(batch);
    }

    /// <summary>Stops. The namespace keeps its rules, which lead nowhere then.</summary>
    public async ValueTask DisposeAsync()
    {
        loop.Remove(datagrams);
        if (isLoopOwn) loop.Dispose();
        await stop.CancelAsync().ConfigureAwait(false);
        udp.Dispose();
        tcp.Dispose();
        await others.DisposeAsync().ConfigureAwait(false);
        await work.ConfigureAwait(false);
        stop.Dispose();
    }

    private static (Socket Udp, Socket Tcp) Open()
    {
        Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            udp.Bind(new IPEndPoint(Address, 0));
            Socket tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                tcp.Bind(new IPEndPoint(Address, 0));
                tcp.Listen();
                return (udp, tcp);
            }
            catch
            {
                tcp.Dispose();
                throw;
            }
        }
        catch
        {
            udp.Dispose();
            throw;
        }
    }

    /// <summary>Answers a datagram, or has others asked.</summary>
    private int Hear(ReadOnlySpan<byte> query, Span<byte> answer, ReadOnlySpan<byte> client)
    {
        if (TryAnswer(query, answer, isStream: false, out int answered)) return answered;
        if (query.Length >= DnsQuestion.HeaderBytes) Pass(query.ToArray(), client);
        return 0;
    }

    /// <summary>Asks others, and answers when they have.</summary>
    private void Pass(byte[] query, ReadOnlySpan<byte> from)
    {
        // More than that are not heard; their clients ask again.
        if (!others.TryEnter()) return;
        SocketAddress client = new(AddressFamily.InterNetwork, from.Length);
        from.CopyTo(client.Buffer.Span);
        // Whoever disposes of the others waits for it.
        _ = PassAsync();

        async Task PassAsync()
        {
            await Task.Yield();
            try
            {
                byte[] answer = await others.AskAsync(query, isStream: false).ConfigureAwait(false);
                await udp.SendToAsync(answer, SocketFlags.None, client, stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The client asks again, or has gone.
            }
            finally
            {
                others.Leave();
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        List<Task> clients = [];
        try
        {
            while (!stop.IsCancellationRequested)
            {
                Socket client = await tcp.AcceptAsync(stop.Token).ConfigureAwait(false);
                if (Interlocked.Increment(ref open) > ClientLimit)
                {
                    Interlocked.Decrement(ref open);
                    client.Dispose();
                    continue;
                }
                clients.RemoveAll(task => task.IsCompleted);
                clients.Add(ServeTcpAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It is over.
        }
        await Task.WhenAll(clients).ConfigureAwait(false);
    }

    /// <summary>Messages with their lengths before them. RFC 1035 section 4.2.2.</summary>
    private async Task ServeTcpAsync(Socket client)
    {
        try
        {
            using NetworkStream stream = new(client, ownsSocket: true);
            byte[] buffer = new byte[2 + LongestMessage];
            while (true)
            {
                using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                limit.CancelAfter(Silence);
                await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), limit.Token).ConfigureAwait(false);
                int length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                if (length is < DnsQuestion.HeaderBytes or > LongestQuery) return;
                byte[] query = new byte[length];
                await stream.ReadExactlyAsync(query, limit.Token).ConfigureAwait(false);
                if (!TryAnswer(query, buffer.AsSpan(2), isStream: true, out int answered))
                {
                    if (!others.TryEnter()) return;
                    try
                    {
                        byte[] answer = await others.AskAsync(query, isStream: true).ConfigureAwait(false);
                        answer.CopyTo(buffer, 2);
                        answered = answer.Length;
                    }
                    finally
                    {
                        others.Leave();
                    }
                }
                BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)answered);
                await stream.WriteAsync(buffer.AsMemory(0, 2 + answered), limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has gone, or is silent for too long.
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    /// <summary>Answers what is known here.</summary>
    /// <returns>Whether it is.</returns>
    private bool TryAnswer(ReadOnlySpan<byte> query, Span<byte> buffer, bool isStream, out int length)
    {
        length = 0;
        if (!DnsQuestion.TryRead(query, out DnsQuestion question)) return false;
        DnsAnswer answer = new(query, question, buffer, isStream ? LongestMessage : RoomFor(query, question));
        switch (question.Type)
        {
            case DnsQuestion.A or DnsQuestion.Aaaa:
                if (names.Resolve(question.Name) is not { } addresses) return false;
                AddressFamily family = question.Type == DnsQuestion.A ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
                // Who always takes the first one finds another first each time.
                int first = addresses.Count > 1 ? Random.Shared.Next(addresses.Count) : 0;
                for (int i = 0; i < addresses.Count; i++)
                    if (addresses[(first + i) % addresses.Count] is var address && address.AddressFamily == family && !answer.Add(address)) break;
                break;
            case DnsQuestion.Ptr:
                if (!question.TryReadAddress(out IPAddress? of) || names.Reverse(of) is not { } name) return false;
                answer.Add(name);
                break;
            case DnsQuestion.Srv:
                if (names.Service(question.Name) is not { } hosts) return false;
                foreach ((string host, ushort port) in hosts)
                    if (!answer.Add(host, port)) break;
                break;
            default:
                // The name is somebody's here, and nobody outside is to be asked for more of it.
                if (names.Resolve(question.Name) is null) return false;
                break;
        }
        length = answer.Message.Length;
        return true;
    }

    /// <summary>How long an answer over UDP may be: what the OPT record behind the question says. RFC 6891 section 6.1.2.</summary>
    private static int RoomFor(ReadOnlySpan<byte> query, in DnsQuestion question)
    {
        const byte Opt = 41;
        ReadOnlySpan<byte> rest = query[question.End..];
        return rest.Length >= 11 && rest[0] == 0 && rest[1] == 0 && rest[2] == Opt ? Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(rest[3..]), (ushort)DnsAnswer.StandardBytes, (ushort)LongestQuery) : DnsAnswer.StandardBytes;
    }
}
