using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <content>Sockets to the kernel. netlink(7).</content>
public static unsafe partial class Sockets
{
    private const int AF_NETLINK = 16, SOCK_RAW = 3, SOL_NETLINK = 270, NETLINK_ADD_MEMBERSHIP = 1, NETLINK_CAP_ACK = 10, NETLINK_EXT_ACK = 11, MSG_TRUNC = 0x20;
    private const int SO_SNDBUF = 7, SO_RCVBUF = 8, SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33;

    /// <summary>What a socket has by default: net.core.wmem_default.</summary>
    private const int StandardSendBytes = 200 << 10;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int name, int* value, uint length);

    /// <summary>Opens a socket to one part of the kernel, in the network namespace of the calling thread, where it stays. netlink(7).</summary>
    /// <remarks>Answers to failed requests leave the request out and say the reason in words: NETLINK_CAP_ACK, NETLINK_EXT_ACK. Older kernels than 4.12 do neither.</remarks>
    /// <param name="protocol">For example 0, NETLINK_ROUTE.</param>
    /// <param name="connection">The socket, bound to a port that the kernel chose; owned by the caller.</param>
    public static Errno TryOpenNetlink(int protocol, out FdHandle? connection)
    {
        connection = null;
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
        Errno errno = Outcome.Of(fd);
        if (errno != Errno.None) return errno;
        int on = 1;
        _ = setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(int));
        _ = setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(int));
        NetlinkAddress self = new() { Family = AF_NETLINK };
        errno = Outcome.Of(bind(fd, (byte*)&self, (uint)sizeof(NetlinkAddress)));
        if (errno == Errno.None) connection = new FdHandle(fd);
        else Files.Close(fd);
        return errno;
    }

    /// <summary>Sends one datagram to the kernel. sendmsg(2).</summary>
    public static Errno TrySendToKernel(int socketFd, ReadOnlySpan<byte> data)
    {
        NetlinkAddress kernel = new() { Family = AF_NETLINK };
        fixed (byte* bytes = data)
        {
            IoVector vector = new() { Base = bytes, Length = (nuint)data.Length };
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Name = (byte*)&kernel, NameLength = (uint)sizeof(NetlinkAddress) };
            Errno errno;
            do errno = Outcome.Of(sendmsg(socketFd, &message, 0));
            while (errno == Errno.EINTR);
            return errno;
        }
    }

    /// <summary>Gives a socket room to send so much at once, as far as the process may. socket(7) SO_SNDBUFFORCE.</summary>
    public static void RaiseSendBuffer(int socketFd, int bytes)
    {
        // The kernel counts what it needs around the bytes as well.
        if (bytes > StandardSendBytes / 2) Raise(socketFd, SO_SNDBUFFORCE, SO_SNDBUF, bytes * 2);
    }

    /// <summary>Gives a socket room for so much that comes while nobody reads, as far as the process may. socket(7) SO_RCVBUFFORCE.</summary>
    public static void RaiseReceiveBuffer(int socketFd, int bytes) => Raise(socketFd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);

    /// <summary>Has a socket hear what is told to a group. netlink(7) NETLINK_ADD_MEMBERSHIP.</summary>
    /// <returns>EINVAL: there is no such group. EPERM: it may not.</returns>
    public static Errno TryJoinGroup(int socketFd, int group) => Outcome.Of(setsockopt(socketFd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(int)));

    private static void Raise(int socketFd, int force, int ask, int bytes)
    {
        if (Outcome.Of(setsockopt(socketFd, SOL_SOCKET, force, &bytes, sizeof(int))) != Errno.None) _ = setsockopt(socketFd, SOL_SOCKET, ask, &bytes, sizeof(int));
    }

    /// <summary>Receives the next datagram that comes from the kernel; what other processes send is thrown away. recvmsg(2).</summary>
    /// <param name="socketFd">A netlink socket.</param>
    /// <param name="data">Where the bytes go.</param>
    /// <param name="count">Bytes received.</param>
    /// <returns>EMSGSIZE: the datagram was longer than <paramref name="data"/> and is lost. ENOBUFS: messages were lost before this one.</returns>
    public static Errno TryReceiveFromKernel(int socketFd, Span<byte> data, out int count)
    {
        count = 0;
        fixed (byte* bytes = data)
        {
            while (true)
            {
                NetlinkAddress sender = default;
                IoVector vector = new() { Base = bytes, Length = (nuint)data.Length };
                MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Name = (byte*)&sender, NameLength = (uint)sizeof(NetlinkAddress) };
                nint n;
                Errno errno = Outcome.Of(n = recvmsg(socketFd, &message, 0));
                if (errno == Errno.EINTR) continue;
                if (errno != Errno.None) return errno;
                if (sender.Port != 0) continue;
                if ((message.Flags & MSG_TRUNC) != 0) return Errno.EMSGSIZE;
                count = (int)n;
                return Errno.None;
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family, Padding;
        public uint Port, Groups;
    }
}
