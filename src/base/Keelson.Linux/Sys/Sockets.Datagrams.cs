using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <content>Datagrams from and to anybody. udp(7).</content>
public static unsafe partial class Sockets
{
    /// <summary>Room for the address of any family: <c>struct sockaddr_storage</c>.</summary>
    public const int AddressBytes = 128;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvfrom(int fd, byte* data, nuint length, int flags, byte* address, uint* addressLength);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendto(int fd, byte* data, nuint length, int flags, byte* address, uint addressLength);

    /// <summary>Receives the next datagram, if one is there. recvfrom(2) with MSG_DONTWAIT.</summary>
    /// <param name="socketFd">A datagram socket.</param>
    /// <param name="data">Where it goes; what is longer is cut off.</param>
    /// <param name="address">Where its sender's address goes, as the kernel lays it out; <see cref="AddressBytes"/> are always enough.</param>
    /// <param name="count">Its bytes.</param>
    /// <param name="addressLength">Bytes of the address.</param>
    /// <returns>EAGAIN: there is none.</returns>
    public static Errno TryReceiveFrom(int socketFd, Span<byte> data, Span<byte> address, out int count, out int addressLength)
    {
        nint n;
        Errno errno;
        uint length = (uint)address.Length;
        fixed (byte* bytes = data, from = address)
        {
            do errno = Outcome.Of(n = recvfrom(socketFd, bytes, (nuint)data.Length, MSG_DONTWAIT, from, &length));
            while (errno == Errno.EINTR);
        }
        (count, addressLength) = errno == Errno.None ? ((int)n, (int)Math.Min(length, (uint)address.Length)) : (0, 0);
        return errno;
    }

    /// <summary>Sends a datagram, if there is room. sendto(2) with MSG_DONTWAIT.</summary>
    /// <param name="socketFd">A datagram socket.</param>
    /// <param name="data">The datagram.</param>
    /// <param name="address">Whom it goes to, as <see cref="TryReceiveFrom"/> told.</param>
    /// <returns>EAGAIN: there is no room.</returns>
    public static Errno TrySendTo(int socketFd, ReadOnlySpan<byte> data, ReadOnlySpan<byte> address)
    {
        Errno errno;
        fixed (byte* bytes = data, to = address)
        {
            do errno = Outcome.Of(sendto(socketFd, bytes, (nuint)data.Length, MSG_NOSIGNAL | MSG_DONTWAIT, to, (uint)address.Length));
            while (errno == Errno.EINTR);
        }
        return errno;
    }
}
