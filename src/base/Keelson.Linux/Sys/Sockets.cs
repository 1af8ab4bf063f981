using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Linux.Sys;

/// <summary>Unix sockets and descriptors sent over them. unix(7).</summary>
public static unsafe partial class Sockets
{
    private const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000, SOL_SOCKET = 1, SCM_RIGHTS = 1, SO_PEERCRED = 17;
    private const ulong SIOCOUTQ = 0x5411;
    private const int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>Longest path of a unix socket, in bytes, without the zero byte. unix(7).</summary>
    public const int MaximumPathBytes = 107;

    /// <summary>Most descriptors that one message may carry: SCM_MAX_FD. unix(7).</summary>
    public const int MaximumDescriptors = 253;

    /// <summary>How many connections may wait to be taken: as many as the kernel lets, net.core.somaxconn. A client of a unix socket is refused with EAGAIN when there are more.</summary>
    private const int Backlog = 4096;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int family, int type, int protocol, int* fds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int fd, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int fd, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int fd, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int fd, byte* address, uint* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int fd, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int fd, byte* data, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int fd, int level, int option, void* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, int* argument);

    /// <summary>What was sent and the other end has not taken yet. unix(7), tcp(7) SIOCOUTQ.</summary>
    /// <param name="socketFd">A connected stream socket.</param>
    /// <param name="count">Of a unix socket: more than 0 while something was not read, by memory and not by bytes. Of TCP: bytes that were not acknowledged.</param>
    public static Errno TryUnsent(int socketFd, out int count)
    {
        int found = 0;
        Errno errno = Outcome.Of(ioctl(socketFd, SIOCOUTQ, &found));
        count = found;
        return errno;
    }

    /// <summary>The process and user at the other end of a connection, as the kernel noted when it was made. unix(7) SO_PEERCRED.</summary>
    public static Errno TryPeer(int socketFd, out PeerCredentials peer)
    {
        uint length = (uint)sizeof(PeerCredentials);
        fixed (PeerCredentials* p = &peer) return Outcome.Of(getsockopt(socketFd, SOL_SOCKET, SO_PEERCRED, p, &length));
    }

    /// <summary>Two connected sockets that keep the bounds of messages, both close-on-exec. socketpair(2) with SOCK_SEQPACKET.</summary>
    public static Errno TryPair(out FdHandle? first, out FdHandle? second)
    {
        int* fds = stackalloc int[2];
        Errno errno = Outcome.Of(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
        first = errno == Errno.None ? new FdHandle(fds[0]) : null;
        second = errno == Errno.None ? new FdHandle(fds[1]) : null;
        return errno;
    }

    /// <summary>Connects to a unix socket in the file system. connect(2).</summary>
    /// <param name="path">
    /// Path of the socket; longer ones than <see cref="MaximumPathBytes"/> are reached through their directory. With <c>@</c> in front, a name in the
    /// abstract name space.
    /// </param>
    /// <param name="connection">The connection, owned by the caller.</param>
    /// <param name="datagram">A SOCK_DGRAM socket, as sd_notify(3) uses, instead of a stream.</param>
    /// <param name="nonBlocking">Nothing waits, connect(2) itself neither: it is EAGAIN when too many wait to be accepted.</param>
    public static Errno TryConnect(string path, out FdHandle? connection, bool datagram = false, bool nonBlocking = false) =>
        TryAttach(path, datagram, listening: false, out connection, nonBlocking: nonBlocking);

    /// <summary>Makes a unix socket in the file system and listens on it; a datagram socket is only bound. bind(2), listen(2).</summary>
    /// <param name="path">Path of the socket; EADDRINUSE when there is a file of this name.</param>
    /// <param name="listener">The socket, owned by the caller, who also removes the file.</param>
    /// <param name="datagram">A SOCK_DGRAM socket instead of a stream.</param>
    /// <param name="mode">Permission bits of the file from its first moment on; the umask applies.</param>
    public static Errno TryListen(string path, out FdHandle? listener, bool datagram = false, uint mode = 0b111_111_111) =>
        TryAttach(path, datagram, listening: true, out listener, mode);

    /// <summary>Takes the next connection. accept4(2).</summary>
    public static Errno TryAccept(int listener, out FdHandle? connection)
    {
        int fd;
        Errno errno;
        do errno = Outcome.Of(fd = accept4(listener, null, null, SOCK_CLOEXEC));
        while (errno == Errno.EINTR);
        connection = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <summary>Ends what goes out: the peer then reads the end of the stream. shutdown(2) with SHUT_WR.</summary>
    public static Errno TryEndOutput(int socketFd) => Outcome.Of(shutdown(socketFd, 1));

    /// <summary>Sends what there is room for on a stream, without waiting and without SIGPIPE. send(2) with MSG_DONTWAIT.</summary>
    /// <returns>EAGAIN: there is no room. EPIPE: the peer reads no more.</returns>
    public static Errno TrySendSome(int socketFd, ReadOnlySpan<byte> data, out int count)
    {
        nint n;
        Errno errno;
        fixed (byte* bytes = data)
        {
            do errno = Outcome.Of(n = send(socketFd, bytes, (nuint)data.Length, MSG_NOSIGNAL | MSG_DONTWAIT));
            while (errno == Errno.EINTR);
        }
        count = errno == Errno.None ? (int)n : 0;
        return errno;
    }

    /// <summary>Sends all of <paramref name="data"/> on a stream, without SIGPIPE. send(2) with MSG_NOSIGNAL.</summary>
    /// <returns>EPIPE: the peer reads no more.</returns>
    public static Errno TrySendAll(int socketFd, ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            for (int done = 0; done < data.Length;)
            {
                nint count = send(socketFd, bytes + done, (nuint)(data.Length - done), MSG_NOSIGNAL);
                Errno errno = Outcome.Of(count);
                if (errno == Errno.EINTR) continue;
                if (errno != Errno.None) return errno;
                done += (int)count;
            }
        }
        return Errno.None;
    }

    /// <summary>Sends bytes and, with them, copies of descriptors. sendmsg(2), SCM_RIGHTS.</summary>
    /// <param name="socketFd">A connected unix socket.</param>
    /// <param name="data">At least one byte.</param>
    /// <param name="descriptors">At most <see cref="MaximumDescriptors"/>; they stay open here.</param>
    public static Errno TrySend(int socketFd, ReadOnlySpan<byte> data, ReadOnlySpan<int> descriptors)
    {
        if (descriptors.Length > MaximumDescriptors) return Errno.EINVAL;
        byte* control = stackalloc byte[16 + MaximumDescriptors * 4 + 8];
        fixed (byte* bytes = data)
        {
            IoVector vector = new() { Base = bytes, Length = (nuint)data.Length };
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1 };
            if (!descriptors.IsEmpty)
            {
                int payload = descriptors.Length * sizeof(int);
                *(ulong*)control = (ulong)(16 + payload);
                ((int*)control)[2] = SOL_SOCKET;
                ((int*)control)[3] = SCM_RIGHTS;
                descriptors.CopyTo(new Span<int>(control + 16, descriptors.Length));
                message.Control = control;
                message.ControlLength = (nuint)(16 + ((payload + 7) & ~7));
            }
            Errno errno;
            do errno = Outcome.Of(sendmsg(socketFd, &message, MSG_NOSIGNAL));
            while (errno == Errno.EINTR);
            return errno;
        }
    }

    /// <summary>Receives bytes and the descriptors that came with them. recvmsg(2), SCM_RIGHTS.</summary>
    /// <param name="socketFd">A connected unix socket.</param>
    /// <param name="data">Where the bytes go.</param>
    /// <param name="count">Bytes received; 0 when the other end is closed.</param>
    /// <param name="descriptors">The descriptors, close-on-exec, owned by the caller.</param>
    public static Errno TryReceive(int socketFd, Span<byte> data, out int count, out FdHandle[] descriptors)
    {
        byte* control = stackalloc byte[16 + MaximumDescriptors * 4 + 8];
        count = 0;
        descriptors = [];
        fixed (byte* bytes = data)
        {
            IoVector vector = new() { Base = bytes, Length = (nuint)data.Length };
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 16 + MaximumDescriptors * 4 + 8 };
            nint n;
            Errno errno;
            do errno = Outcome.Of(n = recvmsg(socketFd, &message, MSG_CMSG_CLOEXEC));
            while (errno == Errno.EINTR);
            if (errno != Errno.None) return errno;
            count = (int)n;
            if (message.ControlLength < 16 || ((int*)control)[2] != SOL_SOCKET || ((int*)control)[3] != SCM_RIGHTS) return Errno.None;
            int number = ((int)*(ulong*)control - 16) / sizeof(int);
            descriptors = new FdHandle[number];
            for (int i = 0; i < number; i++) descriptors[i] = new FdHandle(((int*)(control + 16))[i]);
            return Errno.None;
        }
    }

    private static Errno TryAttach(string path, bool datagram, bool listening, out FdHandle? handle, uint mode = 0b111_111_111, bool nonBlocking = false)
    {
        handle = null;
        FdHandle? directory = null;
        bool isAbstract = !listening && path.StartsWith('@');
        if (isAbstract && Encoding.UTF8.GetByteCount(path) > MaximumPathBytes) return Errno.ENAMETOOLONG;
        if (Encoding.UTF8.GetByteCount(path) > MaximumPathBytes)
        {
            int cut = path.LastIndexOf('/');
            if (cut < 0) return Errno.ENAMETOOLONG;
            Errno opened = Files.TryOpen(cut == 0 ? "/" : path[..cut], OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, out directory);
            if (opened != Errno.None) return opened;
            path = directory!.ProcPath + path[cut..];
            if (Encoding.UTF8.GetByteCount(path) > MaximumPathBytes)
            {
                directory.Dispose();
                return Errno.ENAMETOOLONG;
            }
        }
        using (directory)
        {
            int fd = socket(AF_UNIX, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | (nonBlocking ? SOCK_NONBLOCK : 0), 0);
            Errno errno = Outcome.Of(fd);
            if (errno != Errno.None) return errno;
            byte* address = stackalloc byte[MaximumPathBytes + 3];
            *(ushort*)address = AF_UNIX;
            int length = Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, MaximumPathBytes));
            address[2 + length] = 0;
            // An abstract name begins with a zero byte and has none at its end.
            if (isAbstract) address[2] = 0;
            uint size = (uint)length + (isAbstract ? 2u : 3u);
            // The mode of the socket before bind(2) is that of the file after it.
            if (listening) errno = Outcome.Of(fchmod(fd, mode));
            if (errno == Errno.None) errno = Outcome.Of(listening ? bind(fd, address, size) : connect(fd, address, size));
            if (errno == Errno.None && listening && !datagram) errno = Outcome.Of(listen(fd, Backlog));
            if (errno != Errno.None)
            {
                Files.Close(fd);
                return errno;
            }
            handle = new FdHandle(fd);
            return Errno.None;
        }
    }
}

/// <summary><c>struct ucred</c>. unix(7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PeerCredentials
{
    /// <summary>Process ID in the reader's PID namespace; 0 when it is outside of it.</summary>
    public int ProcessId;
    /// <summary>Effective user and group.</summary>
    public uint UserId, GroupId;
}

/// <summary><c>struct msghdr</c> of x86-64. sendmsg(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct MessageHeader
{
    /// <summary>Address of the other end; null on a connected socket.</summary>
    public byte* Name;
    /// <summary>Length of <see cref="Name"/> in bytes.</summary>
    public uint NameLength;
    private readonly int padding0;
    /// <summary>Where the bytes are.</summary>
    public IoVector* Vectors;
    /// <summary>Number of vectors.</summary>
    public nuint VectorCount;
    /// <summary>Control messages.</summary>
    public byte* Control;
    /// <summary>Length of <see cref="Control"/> in bytes.</summary>
    public nuint ControlLength;
    /// <summary>Flags of a received message.</summary>
    public int Flags;
    private readonly int padding1;
}

/// <summary><c>struct iovec</c>. readv(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct IoVector
{
    /// <summary>Start.</summary>
    public byte* Base;
    /// <summary>Length in bytes.</summary>
    public nuint Length;
}
