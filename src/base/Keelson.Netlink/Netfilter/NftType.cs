using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Keelson.Netlink.Netfilter;

/// <summary>What the keys and values of a set are: a number that <c>nft</c> knows it by, and a length.</summary>
/// <param name="Number">The number; those of parts are put together in sixes of bits.</param>
/// <param name="Bytes">Length in bytes; of parts each is filled up to a multiple of four.</param>
public readonly record struct NftType(uint Number, int Bytes)
{
    /// <summary>Most parts of a concatenation.</summary>
    private const int MaximumParts = 5;

    /// <summary>What to do with a packet.</summary>
    public static readonly NftType Verdict = new(0xffffff00, 0);

    /// <summary>An address of IPv4.</summary>
    public static readonly NftType Ipv4 = new(7, 4);

    /// <summary>An address of IPv6.</summary>
    public static readonly NftType Ipv6 = new(8, 16);

    /// <summary>A protocol above IP: 6 is TCP.</summary>
    public static readonly NftType Protocol = new(12, 1);

    /// <summary>A port of TCP, UDP or SCTP.</summary>
    public static readonly NftType Port = new(13, 2);

    /// <summary>Name of a network device.</summary>
    public static readonly NftType Device = new(41, 16);

    /// <summary>Several one after the other.</summary>
    public static NftType Of(params ReadOnlySpan<NftType> parts)
    {
        if (parts.Length is 0 or > MaximumParts) throw new ArgumentOutOfRangeException(nameof(parts));
        uint number = 0;
        int bytes = 0;
        foreach (NftType part in parts)
        {
            number = number << 6 | part.Number;
            bytes += MessageWriter.Align(part.Bytes);
        }
        return new(number, parts.Length == 1 ? parts[0].Bytes : bytes);
    }
}

/// <summary>Keys and values of sets as the kernel compares them.</summary>
public static class NftValue
{
    /// <summary>A network device, or with <paramref name="isPrefix"/> all whose names begin so.</summary>
    public static byte[] Device(string name, bool isPrefix = false)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (length is 0 or > LinkMessage.MaximumNameBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"'{name}' is no name of a network device");
        byte[] value = new byte[isPrefix ? length : NftType.Device.Bytes];
        Encoding.UTF8.GetBytes(name, value);
        return value;
    }

    /// <summary>An address, highest byte first.</summary>
    public static byte[] Address(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.GetAddressBytes();
    }

    /// <summary>A port, highest byte first.</summary>
    public static byte[] Port(int port)
    {
        byte[] value = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(value, checked((ushort)port));
        return value;
    }

    /// <summary>A protocol above IP.</summary>
    public static byte[] Protocol(byte protocol) => [protocol];

    /// <summary>Several one after the other, each filled up to a multiple of four.</summary>
    public static byte[] Of(params ReadOnlySpan<byte[]> parts)
    {
        int length = 0;
        foreach (byte[] part in parts) length += MessageWriter.Align(part.Length);
        byte[] value = new byte[length];
        int at = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(value, at);
            at += MessageWriter.Align(part.Length);
        }
        return value;
    }
}
