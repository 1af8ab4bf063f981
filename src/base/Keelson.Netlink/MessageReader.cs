using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>Walks through the messages of one datagram.</summary>
/// <remarks>netlink(7). A message whose length does not fit is the end of the walk, and <see cref="IsDamaged"/> tells.</remarks>
public unsafe ref struct MessageReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> rest = datagram;

    /// <summary>The header of the present message.</summary>
    public NetlinkHeader Header { get; private set; }

    /// <summary>What follows the header of the present message.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Whether the walk ended before the end of the datagram.</summary>
    public readonly bool IsDamaged => rest.Length != 0;

    /// <summary>Goes to the next message.</summary>
    public bool Read()
    {
        if (rest.Length < sizeof(NetlinkHeader)) return false;
        NetlinkHeader header = MemoryMarshal.Read<NetlinkHeader>(rest);
        if (header.Length < sizeof(NetlinkHeader) || header.Length > rest.Length) return false;
        Header = header;
        Payload = rest[sizeof(NetlinkHeader)..(int)header.Length];
        rest = rest[Math.Min(MessageWriter.Align((int)header.Length), rest.Length)..];
        return true;
    }
}
