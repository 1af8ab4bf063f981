using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Keelson.Network.Dns;

/// <summary>What a message asks. RFC 1035 section 4.1.</summary>
/// <remarks>
/// <code>
///   0    2       4         6         8           10           12
///   ├ id ┼ flags ┼ questions ┼ answers ┼ authorities ┼ additional ┼ question: labels ┼ type 2 ┼ class 2 ┤ …
/// </code>
/// </remarks>
public readonly record struct DnsQuestion
{
    /// <summary>Kinds of records. RFC 1035 section 3.2.2, RFC 3596, RFC 2782.</summary>
    public const ushort A = 1, Ptr = 12, Aaaa = 28, Srv = 33;

    internal const int HeaderBytes = 12;

    /// <summary>Longest name as text: 255 bytes on the wire, of which two are neither letters nor dots. RFC 1035 section 3.1.</summary>
    private const int MaximumNameChars = 253;

    private const ushort ClassInternet = 1;

    /// <summary>The name, in small letters and without a dot at its end.</summary>
    public required string Name { get; init; }

    /// <summary>What is wanted of it.</summary>
    public required ushort Type { get; init; }

    /// <summary>Bytes of the message up to the end of the question.</summary>
    internal int End { get; private init; }

    /// <summary>Reads a question.</summary>
    /// <param name="message">The message.</param>
    /// <param name="question">What it asks.</param>
    /// <returns>Whether it is one question as everybody asks; others are for somebody else to answer.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, [MaybeNullWhen(false)] out DnsQuestion question)
    {
        question = default;
        if (message.Length < HeaderBytes + 5) return false;
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        // A query of kind 0 with one question.
        if ((flags & 0xf800) != 0 || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1) return false;
        Span<char> name = stackalloc char[MaximumNameChars];
        (int at, int length) = (HeaderBytes, 0);
        while (true)
        {
            if (at >= message.Length) return false;
            int label = message[at++];
            if (label == 0) break;
            // A pointer has nothing to point to yet. RFC 1035 section 4.1.4.
            if (label > 63 || at + label > message.Length || length + (length > 0 ? 1 : 0) + label > MaximumNameChars) return false;
            if (length > 0) name[length++] = '.';
            foreach (byte letter in message.Slice(at, label))
            {
                // What a name of a host has not, no container is called.
                if (letter is <= 0x20 or >= 0x7f or (byte)'.') return false;
                name[length++] = char.ToLowerInvariant((char)letter);
            }
            at += label;
        }
        if (at + 4 > message.Length || BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]) != ClassInternet) return false;
        question = new() { Name = name[..length].ToString(), Type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]), End = at + 4 };
        return true;
    }

    /// <summary>The address that a name of the reverse tree stands for. RFC 1035 section 3.5, RFC 3596 section 2.5.</summary>
    public bool TryReadAddress([NotNullWhen(true)] out IPAddress? address)
    {
        const string Ipv4 = ".in-addr.arpa", Ipv6 = ".ip6.arpa";
        address = null;
        if (Name.EndsWith(Ipv4, StringComparison.Ordinal))
        {
            string[] parts = Name[..^Ipv4.Length].Split('.');
            Span<byte> bytes = stackalloc byte[4];
            if (parts.Length != 4) return false;
            for (int i = 0; i < 4; i++)
                if (!byte.TryParse(parts[3 - i], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out bytes[i])) return false;
            address = new(bytes);
            return true;
        }
        if (!Name.EndsWith(Ipv6, StringComparison.Ordinal) || Name.Length != 63 + Ipv6.Length) return false;
        Span<byte> whole = stackalloc byte[16];
        for (int i = 0; i < 32; i++)
        {
            char digit = Name[62 - i * 2];
            if (!char.IsAsciiHexDigit(digit) || i > 0 && Name[63 - i * 2] != '.') return false;
            int value = char.IsAsciiDigit(digit) ? digit - '0' : digit - 'a' + 10;
            whole[i / 2] |= (byte)(i % 2 == 0 ? value << 4 : value);
        }
        address = new(whole);
        return true;
    }
}
