using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary><c>struct nlmsghdr</c>: what every message begins with. netlink(7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NetlinkHeader
{
    /// <summary>Length of the message in bytes, this header included.</summary>
    public uint Length;
    /// <summary>What the message is: a number of netlink's own below 16, else of the protocol.</summary>
    public ushort Type;
    /// <summary>NLM_F_* bits.</summary>
    public NetlinkFlags Flags;
    /// <summary>Number of the request; answers repeat it.</summary>
    public uint Sequence;
    /// <summary>Port of the socket that asked; 0 in requests.</summary>
    public uint Port;
}

/// <summary><c>struct nlattr</c>: what every attribute begins with. Attributes start at multiples of 4 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttributeHeader
{
    /// <summary>Length of the attribute in bytes, this header included and the padding after it not.</summary>
    public ushort Length;
    /// <summary>Kind, and in the two highest bits NLA_F_*.</summary>
    public ushort Type;
}
