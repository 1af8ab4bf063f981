using System.Buffers;
using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Netlink;

/// <summary>Makes an object of one listed message; <see langword="null"/> leaves it out.</summary>
/// <param name="payload">What follows the message's header.</param>
public delegate T? MessageParser<T>(ReadOnlySpan<byte> payload) where T : class;

/// <summary>A conversation with one part of the kernel: a request, then its outcome or a list.</summary>
/// <remarks>
/// netlink(7). One request at a time, from one thread at a time. The kernel does the work while the request is sent, so no call waits for long.
/// The socket keeps the network namespace that it was opened in alive, and speaks of that one alone.
/// </remarks>
public sealed unsafe class NetlinkSocket : IDisposable
{
    /// <summary>Routes, links and addresses. rtnetlink(7).</summary>
    public const int NETLINK_ROUTE = 0;

    /// <summary>Packet filters and connection tracking: nfnetlink.</summary>
    public const int NETLINK_NETFILTER = 12;

    /// <summary>Whatever has no protocol of its own. genetlink.</summary>
    public const int NETLINK_GENERIC = 16;

    private const int NLMSG_ERROR = 2, NLMSG_DONE = 3, NLMSGERR_ATTR_MSG = 1;

    /// <summary>Room for one datagram. The kernel makes lists of pieces that are at most as large, and single answers are far smaller.</summary>
    private const int DatagramBytes = 32 << 10;

    /// <summary>Most objects of a list that are kept: more devices or addresses than a machine can work with.</summary>
    private const int MaximumListed = 1 << 20;

    /// <summary>Most requests that are sent at once: their outcomes wait in the socket, and must find room there.</summary>
    private const int MaximumAtOnce = 64;

    /// <summary>How often a list is begun anew because something changed while it was read.</summary>
    private const int MaximumReadings = 16;

    private const int ThreadStackBytes = 256 << 10;

    private readonly FdHandle connection;
    private readonly byte[] datagram = new byte[DatagramBytes];
    private uint sequence;

    /// <summary>Takes a socket that is open already.</summary>
    internal NetlinkSocket(FdHandle connection) => this.connection = connection;

    /// <summary>Opens a socket.</summary>
    /// <remarks>
    /// The calling thread enters the other namespace for the time of one call; it is back in its own when this method ends. Needs CAP_SYS_ADMIN in the
    /// user namespace that owns the other one. Who has none in the one that owns its own could not come back, and sends a thread that ends there.
    /// </remarks>
    /// <param name="protocol">The part of the kernel: <see cref="NETLINK_ROUTE"/>.</param>
    /// <param name="networkNamespace">A file of the network namespace to speak about; <see langword="null"/>: the calling thread's.</param>
    /// <exception cref="LinuxException">EPERM: the thread may not go there, or could not come back. EPROTONOSUPPORT: the kernel lacks the protocol.</exception>
    public static NetlinkSocket Open(int protocol, FdHandle? networkNamespace = null)
    {
        if (networkNamespace is null) return OpenHere(protocol);
        using FdHandle own = Files.Open("/proc/thread-self/ns/net", OpenFlags.O_RDONLY);
        // Who could not come back must not leave.
        if (Join(own) != Errno.None) return OpenThere(protocol, networkNamespace);
        Join(networkNamespace).ThrowIfError("join", "network namespace");
        NetlinkSocket? opened = null;
        try
        {
            return opened = OpenHere(protocol);
        }
        finally
        {
            Errno errno = Join(own);
            if (errno != Errno.None) opened?.Dispose();
            errno.ThrowIfError("return to", "the thread's own network namespace");
        }
    }

    private static NetlinkSocket OpenThere(int protocol, FdHandle networkNamespace)
    {
        NetlinkSocket? opened = null;
        LinuxException? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Join(networkNamespace).ThrowIfError("join", "network namespace");
                opened = OpenHere(protocol);
            }
            catch (LinuxException e)
            {
                failure = e;
            }
        }, ThreadStackBytes);
        thread.Start();
        thread.Join();
        return opened ?? throw new LinuxException(failure!.Operation, failure.Target, failure.Errno);
    }

    /// <summary>The socket's number in its network namespace, which answers and what is told of its changes carry; 0 until the first answer.</summary>
    public uint Port { get; private set; }

    /// <summary>The socket itself.</summary>
    internal FdHandle Connection => connection;

    /// <summary>Closes the socket.</summary>
    public void Dispose() => connection.Dispose();

    /// <summary>Has the socket hear what is told to groups.</summary>
    internal void Join(IReadOnlyList<int> groups, int waitingBytes)
    {
        Sockets.RaiseReceiveBuffer(connection.Fd, waitingBytes);
        foreach (int group in groups) Sockets.TryJoinGroup(connection.Fd, group).ThrowIfError("listen to", $"netlink group {group}");
    }

    /// <summary>Sends a request and takes its outcome.</summary>
    /// <param name="request">The request; its header is completed here.</param>
    /// <param name="detail">What the kernel says about an error in words; <see langword="null"/> when it says nothing.</param>
    /// <param name="answer">The message that answers a question; empty for a command. Valid until the next request.</param>
    public Errno TryRequest(ref MessageWriter request, out string? detail, out ReadOnlySpan<byte> answer)
    {
        Send(ref request, NetlinkFlags.NLM_F_ACK);
        detail = null;
        answer = default;
        while (true)
        {
            MessageReader messages = Receive();
            while (messages.Read())
            {
                if (messages.Header.Sequence != sequence) continue;
                if (messages.Header.Type == NLMSG_ERROR) return Outcome(messages.Header, messages.Payload, out detail);
                // The outcome comes in a datagram of its own, into the same memory.
                answer = messages.Payload.ToArray();
            }
            RequireWhole(messages);
        }
    }

    /// <summary>Sends a command and throws when it fails.</summary>
    /// <param name="request">The request; its header is completed here.</param>
    /// <param name="operation">What it does, for the error: <c>set up network device</c>.</param>
    /// <param name="target">What it is applied to, for the error.</param>
    /// <exception cref="LinuxException">The kernel refused; the text has its reason in words where it gives one.</exception>
    public void Request(ref MessageWriter request, string operation, string? target)
    {
        Errno errno = TryRequest(ref request, out string? detail, out _);
        if (errno != Errno.None) throw new LinuxException(operation, target, errno, detail);
    }

    /// <summary>Sends requests, and takes their outcomes. Each is carried out whatever has become of those before it.</summary>
    /// <exception cref="LinuxException">The first error; others may have followed from it.</exception>
    public void Run(NetlinkBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        LinuxException? first = null;
        for (int start = 0; start < batch.Count; start += MaximumAtOnce)
        {
            int end = Math.Min(start + MaximumAtOnce, batch.Count);
            uint before = sequence;
            for (int i = start; i < end; i++)
            {
                ref NetlinkHeader header = ref batch.Header(i);
                header.Flags |= NetlinkFlags.NLM_F_ACK;
                header.Sequence = ++sequence;
            }
            SendAll(batch.Messages[batch.StartOf(start)..batch.StartOf(end)]);
            for (int answered = start; answered < end;)
            {
                MessageReader messages = Receive();
                while (messages.Read())
                {
                    int index = start + (int)(messages.Header.Sequence - before) - 1;
                    if (messages.Header.Type != NLMSG_ERROR || index < start || index >= end) continue;
                    answered++;
                    Errno errno = Outcome(messages.Header, messages.Payload, out string? detail);
                    if (errno != Errno.None) first ??= new(batch[index].Operation, batch[index].Target, errno, detail);
                }
                RequireWhole(messages);
            }
        }
        if (first is not null) throw first;
    }

    /// <summary>Sends requests that the kernel carries out all or not at all, between two that say where they begin and end. nfnetlink.</summary>
    /// <param name="begin">The first one.</param>
    /// <param name="batch">The requests; the last is answered, and of the others those that fail.</param>
    /// <param name="end">The last one.</param>
    /// <exception cref="LinuxException">The first error: nothing was done.</exception>
    public void Commit(ref MessageWriter begin, NetlinkBatch batch, ref MessageWriter end)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0) return;
        uint first = ++sequence;
        MemoryMarshal.AsRef<NetlinkHeader>(begin.Message).Sequence = first;
        for (int i = 0; i < batch.Count; i++)
        {
            ref NetlinkHeader header = ref batch.Header(i);
            header.Flags &= ~NetlinkFlags.NLM_F_ACK;
            header.Sequence = ++sequence;
        }
        uint last = sequence;
        batch.Header(batch.Count - 1).Flags |= NetlinkFlags.NLM_F_ACK;
        MemoryMarshal.AsRef<NetlinkHeader>(end.Message).Sequence = ++sequence;
        byte[] all = ArrayPool<byte>.Shared.Rent(begin.Message.Length + batch.Bytes + end.Message.Length);
        try
        {
            begin.Message.CopyTo(all);
            batch.Messages.CopyTo(all.AsSpan(begin.Message.Length));
            end.Message.CopyTo(all.AsSpan(begin.Message.Length + batch.Bytes));
            SendAll(all.AsSpan(0, begin.Message.Length + batch.Bytes + end.Message.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(all);
        }
        LinuxException? error = null;
        while (true)
        {
            MessageReader messages = Receive();
            while (messages.Read())
            {
                uint number = messages.Header.Sequence - first;
                if (messages.Header.Type != NLMSG_ERROR || number > last - first) continue;
                Errno errno = Outcome(messages.Header, messages.Payload, out string? detail);
                (string operation, string? target) = number == 0 ? ("commit", "change of packet filters") : batch[(int)number - 1];
                if (errno != Errno.None) error ??= new(operation, target, errno, detail);
                // What is wrong with the whole is said of its beginning, and then perhaps nothing more.
                if (number != last - first && (number != 0 || errno == Errno.None)) continue;
                if (error is not null) throw error;
                return;
            }
            RequireWhole(messages);
        }
    }

    /// <summary>Reads a list.</summary>
    /// <remarks>NLM_F_DUMP. A list that changes while it is read is read again, so that nothing is missed.</remarks>
    /// <param name="request">The request; its header is completed here.</param>
    /// <param name="parse">Makes an object of each message.</param>
    /// <param name="what">What is listed, for errors: <c>addresses</c>.</param>
    /// <exception cref="KeelsonException">Unavailable: it changed all the time. FailedPrecondition: it is too long. The kernel refused.</exception>
    public List<T> List<T>(ref MessageWriter request, MessageParser<T> parse, string what) where T : class
    {
        for (int i = 0; i < MaximumReadings; i++)
        {
            List<T> items = [];
            Send(ref request, NetlinkFlags.NLM_F_DUMP);
            if (ReadList(items, parse, what)) return items;
        }
        throw new KeelsonException(ErrorKind.Unavailable, $"list {what}: they changed {MaximumReadings} times while they were read");
    }

    /// <summary>Reads one list to its end; <see langword="false"/> when it changed meanwhile.</summary>
    private bool ReadList<T>(List<T> items, MessageParser<T> parse, string what) where T : class
    {
        bool isWhole = true;
        while (true)
        {
            MessageReader messages = Receive();
            while (messages.Read())
            {
                if (messages.Header.Sequence != sequence) continue;
                if ((messages.Header.Flags & NetlinkFlags.NLM_F_DUMP_INTR) != 0) isWhole = false;
                if (messages.Header.Type is NLMSG_ERROR or NLMSG_DONE)
                {
                    Errno errno = Outcome(messages.Header, messages.Payload, out string? detail);
                    if (errno == Errno.EINTR) return false;
                    if (errno != Errno.None) throw new LinuxException("list", what, errno, detail);
                    return isWhole;
                }
                if (parse(messages.Payload) is not { } item) continue;
                if (items.Count == MaximumListed) throw new KeelsonException(ErrorKind.FailedPrecondition, $"list {what}: they are more than {MaximumListed}");
                items.Add(item);
            }
            RequireWhole(messages);
        }
    }

    private static NetlinkSocket OpenHere(int protocol)
    {
        Sockets.TryOpenNetlink(protocol, out FdHandle? connection).ThrowIfError("open", "netlink socket");
        return new NetlinkSocket(connection!);
    }

    private static Errno Join(FdHandle networkNamespace) => Processes.TryJoin(networkNamespace.Fd, (ulong)CloneFlags.CLONE_NEWNET);

    private void Send(ref MessageWriter request, NetlinkFlags flags)
    {
        Span<byte> message = request.Message;
        ref NetlinkHeader header = ref MemoryMarshal.AsRef<NetlinkHeader>(message);
        header.Flags |= flags;
        header.Sequence = ++sequence;
        Sockets.TrySendToKernel(connection.Fd, message).ThrowIfError("send", "netlink request");
    }

    /// <summary>Sends more than one message, for which the socket is given room.</summary>
    private void SendAll(ReadOnlySpan<byte> messages)
    {
        Sockets.RaiseSendBuffer(connection.Fd, messages.Length);
        Sockets.TrySendToKernel(connection.Fd, messages).ThrowIfError("send", "netlink requests");
    }

    private MessageReader Receive()
    {
        Sockets.TryReceiveFromKernel(connection.Fd, datagram, out int count).ThrowIfError("receive", "netlink answer");
        if (count >= sizeof(NetlinkHeader)) Port = MemoryMarshal.Read<NetlinkHeader>(datagram).Port;
        return new MessageReader(datagram.AsSpan(0, count));
    }

    private static void RequireWhole(MessageReader messages)
    {
        if (messages.IsDamaged) throw new KeelsonException(ErrorKind.DataLoss, "receive netlink answer: a message does not fit into its datagram");
    }

    /// <summary>The error number that NLMSG_ERROR and NLMSG_DONE carry, and the kernel's words about it.</summary>
    /// <remarks>
    /// <code>
    ///   NLMSG_ERROR   ├ −errno 4 ┼ header of the request 16 ┼ its payload, unless NLM_F_CAPPED ┼ attributes, if NLM_F_ACK_TLVS ┤
    ///   NLMSG_DONE    ├ −errno 4 ┼ attributes, if NLM_F_ACK_TLVS ┤
    /// </code>
    /// </remarks>
    internal static Errno Outcome(NetlinkHeader header, ReadOnlySpan<byte> payload, out string? detail)
    {
        detail = null;
        if (payload.Length < sizeof(int)) return header.Type == NLMSG_DONE ? Errno.None : throw new KeelsonException(ErrorKind.DataLoss, "receive netlink answer: an outcome without a number");
        Errno errno = (Errno)(-MemoryMarshal.Read<int>(payload));
        if ((header.Flags & NetlinkFlags.NLM_F_ACK_TLVS) == 0) return errno;
        int start = sizeof(int);
        if (header.Type == NLMSG_ERROR)
        {
            if (payload.Length < sizeof(int) + sizeof(NetlinkHeader)) return errno;
            bool isCapped = (header.Flags & NetlinkFlags.NLM_F_CAPPED) != 0;
            uint request = isCapped ? (uint)sizeof(NetlinkHeader) : MemoryMarshal.Read<NetlinkHeader>(payload[sizeof(int)..]).Length;
            if (request > payload.Length - sizeof(int)) return errno;
            start += Math.Min(MessageWriter.Align((int)request), payload.Length - sizeof(int));
        }
        AttributeReader attributes = new(payload[start..]);
        while (attributes.Read())
            if (attributes.Type == NLMSGERR_ATTR_MSG)
                detail = attributes.Text;
        return errno;
    }
}
