using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Keelson.Network.Ipam;

/// <summary>Addresses as numbers, which can be counted.</summary>
internal static class Addresses
{
    extension(IPAddress address)
    {
        /// <summary>Whether it is of IPv6.</summary>
        public bool IsIpv6 => address.AddressFamily == AddressFamily.InterNetworkV6;

        /// <summary>The address as a number.</summary>
        public UInt128 Number
        {
            get
            {
                Span<byte> bytes = stackalloc byte[16];
                address.TryWriteBytes(bytes, out int length);
                return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
            }
        }
    }

    extension(IPNetwork network)
    {
        /// <summary>Whether it is of IPv6.</summary>
        public bool IsIpv6 => network.BaseAddress.IsIpv6;

        /// <summary>Bits of an address behind the network's own.</summary>
        public int HostBits => (network.IsIpv6 ? 128 : 32) - network.PrefixLength;

        /// <summary>The first address.</summary>
        public UInt128 First => network.BaseAddress.Number;

        /// <summary>The last address.</summary>
        public UInt128 Last => network.First | HostMask(network.HostBits);

        /// <summary>Whether two networks have addresses in common.</summary>
        public bool Overlaps(IPNetwork other) => network.IsIpv6 == other.IsIpv6 && network.First <= other.Last && other.First <= network.Last;

        /// <summary>Whether all addresses of another network are of this one.</summary>
        public bool Contains(IPNetwork other) => network.IsIpv6 == other.IsIpv6 && network.First <= other.First && other.Last <= network.Last;
    }

    /// <summary>The address of a number.</summary>
    public static IPAddress Of(UInt128 number, bool isIpv6)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (isIpv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
            return new(bytes);
        }
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number);
        return new(bytes[..4]);
    }

    private static UInt128 HostMask(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
}
