using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Netlink;

/// <summary>Walks through attributes.</summary>
/// <remarks>netlink(7). An attribute whose length does not fit is the end of the walk; the kernel writes none.</remarks>
public unsafe ref struct AttributeReader(ReadOnlySpan<byte> attributes)
{
    // NLA_F_NESTED and NLA_F_NET_BYTEORDER say how to read an attribute, not what it is.
    private const int TypeMask = 0x3fff;
    private ReadOnlySpan<byte> rest = attributes;

    /// <summary>Kind of the present attribute, without NLA_F_* bits.</summary>
    public int Type { get; private set; }

    /// <summary>Its value; attributes, when it holds such.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Its value as a text, which ends at the first zero byte.</summary>
    public readonly string Text
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>Its value as a number or structure; zeroes stand for what is missing at its end.</summary>
    public readonly T As<T>() where T : unmanaged => ReadPadded<T>(Value);

    /// <summary>Goes to the next attribute.</summary>
    public bool Read()
    {
        if (rest.Length < sizeof(AttributeHeader)) return false;
        AttributeHeader header = MemoryMarshal.Read<AttributeHeader>(rest);
        if (header.Length < sizeof(AttributeHeader) || header.Length > rest.Length) return false;
        Type = header.Type & TypeMask;
        Value = rest[sizeof(AttributeHeader)..header.Length];
        rest = rest[Math.Min(MessageWriter.Align(header.Length), rest.Length)..];
        return true;
    }

    /// <summary>Reads the fixed part of a message and goes to the attributes after it.</summary>
    internal static AttributeReader After<T>(ReadOnlySpan<byte> payload, out T part) where T : unmanaged
    {
        part = ReadPadded<T>(payload);
        return new AttributeReader(payload[Math.Min(MessageWriter.Align(sizeof(T)), payload.Length)..]);
    }

    private static T ReadPadded<T>(ReadOnlySpan<byte> bytes) where T : unmanaged
    {
        if (bytes.Length >= sizeof(T)) return MemoryMarshal.Read<T>(bytes);
        T value = default;
        bytes.CopyTo(new Span<byte>(&value, sizeof(T)));
        return value;
    }
}
