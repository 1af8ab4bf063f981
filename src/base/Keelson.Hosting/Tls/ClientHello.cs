using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Keelson.Hosting.Tls;

/// <summary>Reads what a client says first, to see whether it is an authority that looks who holds a name: the framework shows the name that it asks for, and not the protocols.</summary>
/// <remarks>
/// RFC 8446 sections 4.1.2 and 5.1, which TLS 1.2 has alike; RFC 6066 section 3; RFC 7301 section 3.1.
/// <code>
/// record        22, version:2, length:2, part of a message
/// message       1, length:3, version:2, random:32, session:[1], suites:[2], compressions:[1], extensions:[2]
/// extension     type:2, [2]     0: names [2], each type:1 (0: host), [2]     16: protocols [2], each [1]
/// </code>
/// </remarks>
internal static class ClientHello
{
    /// <summary>Longest message that is looked at, as OpenSSL has it. Longer ones are left to the handshake.</summary>
    private const int LimitBytes = 16 << 10;

    /// <summary>Most records that it may come in; nobody needs more than two.</summary>
    private const int RecordLimit = 8;

    private const int RecordHeader = 5, MessageHeader = 4, VersionAndRandom = 34;

    /// <summary>What became of a look.</summary>
    public enum Look
    {
        /// <summary>More bytes are needed.</summary>
        More,
        /// <summary>A client as others, or none at all.</summary>
        Other,
        /// <summary>It asks for <c>acme-tls/1</c> and nothing else, RFC 8737 section 3.</summary>
        Challenge,
    }

    /// <summary>Looks at the bytes so far.</summary>
    /// <param name="bytes">All that the client has sent.</param>
    /// <param name="name">The name that a challenge is about, in small letters.</param>
    public static Look See(ReadOnlySequence<byte> bytes, out string? name)
    {
        name = null;
        SequenceReader<byte> records = new(bytes);
        byte[] message = [];
        for (int count = 0; count < RecordLimit; count++)
        {
            if (records.TryPeek(out byte kind) && kind != 22) return Look.Other;
            if (records.Remaining < RecordHeader) return Look.More;
            records.Advance(3);
            records.TryReadBigEndian(out short signed);
            int length = (ushort)signed;
            if (length is 0 or > LimitBytes) return Look.Other;
            bool isWhole = records.TryReadExact(length, out ReadOnlySequence<byte> part);
            if (!isWhole) part = records.UnreadSequence;
            message = [.. message, .. part.ToArray()];
            if (message.Length > 0 && message[0] != 1) return Look.Other;
            if (message.Length >= MessageHeader)
            {
                int whole = MessageHeader + (BinaryPrimitives.ReadInt32BigEndian(message) & 0xff_ffff);
                if (whole > LimitBytes) return Look.Other;
                if (message.Length >= whole) return Read(message.AsSpan(MessageHeader, whole - MessageHeader), out name);
            }
            if (!isWhole) return Look.More;
        }
        return Look.Other;
    }

    private static Look Read(ReadOnlySpan<byte> hello, out string? name)
    {
        name = null;
        bool asks = false;
        if (hello.Length < VersionAndRandom) return Look.Other;
        hello = hello[VersionAndRandom..];
        if (!TryTake(ref hello, 1, out _) || !TryTake(ref hello, 2, out _) || !TryTake(ref hello, 1, out _) || !TryTake(ref hello, 2, out ReadOnlySpan<byte> extensions)) return Look.Other;
        while (extensions.Length >= 2)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out ReadOnlySpan<byte> value)) return Look.Other;
            if (type == 0) name = Name(value);
            else if (type == 16) asks = value.SequenceEqual("\0\u000b\u000aacme-tls/1"u8);
        }
        return asks ? Look.Challenge : Look.Other;
    }

    private static string? Name(ReadOnlySpan<byte> extension)
    {
        if (!TryTake(ref extension, 2, out ReadOnlySpan<byte> names) || names.IsEmpty || names[0] != 0) return null;
        names = names[1..];
        return TryTake(ref names, 2, out ReadOnlySpan<byte> host) && Ascii.IsValid(host) ? Encoding.ASCII.GetString(host).ToLowerInvariant() : null;
    }

    /// <summary>Takes bytes with their length before them.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> from, int lengthBytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < lengthBytes) return false;
        int length = lengthBytes == 1 ? from[0] : BinaryPrimitives.ReadUInt16BigEndian(from);
        if (from.Length < lengthBytes + length) return false;
        taken = from.Slice(lengthBytes, length);
        from = from[(lengthBytes + length)..];
        return true;
    }
}
