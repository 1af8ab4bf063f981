using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Keelson.Network.Ports;

/// <summary>A listening socket that keeps others from listening at its port, and answers nobody: packet filters lead elsewhere who connects there.</summary>
/// <remarks>
/// A socket that is bound alone keeps nobody away who sets SO_REUSEADDR, as most servers do. Who comes here while the filters are away is not heard, and tries again a second later. socket(7) SO_ATTACH_FILTER.
/// </remarks>
internal static class HeldSocket
{
    private const int SOL_SOCKET = 1, SO_ATTACH_FILTER = 26, SO_DETACH_FILTER = 27;

    /// <summary>BPF_RET | BPF_K with 0: nothing of the packet is kept.</summary>
    private static readonly byte[] Nothing = [0x06, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Has a socket listen and hear nobody.</summary>
    public static void Hold(Socket socket)
    {
        Close(socket);
        socket.Listen();
    }

    /// <summary>Has it hear nobody any more.</summary>
    public static unsafe void Close(Socket socket)
    {
        fixed (byte* filter = Nothing)
        {
            FilterProgram program = new() { Length = 1, Filter = (nint)filter };
            try
            {
                socket.SetRawSocketOption(SOL_SOCKET, SO_ATTACH_FILTER, MemoryMarshal.AsBytes(new ReadOnlySpan<FilterProgram>(in program)));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
            {
                // Some kernels let root alone have filters. Where there is no root there are no rules either that could be away: ports are passed on by this process.
            }
        }
    }

    /// <summary>Has it hear everybody.</summary>
    public static void Open(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(SOL_SOCKET, SO_DETACH_FILTER, new byte[sizeof(int)]);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // It has none: .NET's word for ENOENT.
        }
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public nint Filter;
    }
}
