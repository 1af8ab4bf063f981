using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Keelson.Network.Dns;

/// <summary>Writes the answer to a question behind it. RFC 1035 section 4.1.</summary>
internal ref struct DnsAnswer
{
    /// <summary>How long an answer may be kept: 600 s, as dockerd says.</summary>
    private const uint LifetimeSeconds = 600;

    /// <summary>Longest answer over UDP to who does not say that more may come. RFC 1035 section 2.3.4.</summary>
    public const int StandardBytes = 512;

    private const ushort ClassInternet = 1, PointerToQuestion = 0xc000 | DnsQuestion.HeaderBytes;
    private const int AnswersAt = 6;

    private readonly Span<byte> message;
    private readonly int limit;
    private int used;
    private ushort count;

    /// <summary>Begins an answer.</summary>
    /// <param name="query">The message with the question.</param>
    /// <param name="question">The question.</param>
    /// <param name="message">Where the answer goes.</param>
    /// <param name="limit">Most bytes of it.</param>
    public DnsAnswer(scoped ReadOnlySpan<byte> query, scoped in DnsQuestion question, Span<byte> message, int limit)
    {
        this.message = message;
        this.limit = Math.Min(limit, message.Length);
        query[..question.End].CopyTo(message);
        used = question.End;
        // A response, of one who knows, to a query of kind 0; recursion can be had when it was wanted.
        message[2] = (byte)(0x84 | query[2] & 1);
        message[3] = 0x80;
        message[AnswersAt..DnsQuestion.HeaderBytes].Clear();
    }

    /// <summary>The answer so far.</summary>
    public readonly ReadOnlySpan<byte> Message => message[..used];

    /// <summary>Says what has become of the question. RFC 1035 section 4.1.1 "RCODE": 2 the server has failed, 3 there is no such name.</summary>
    public readonly void Fail(byte code) => message[3] |= code;

    /// <summary>Adds an address of the name.</summary>
    /// <returns>Whether there was room; the answer says that it is cut off when there was not.</returns>
    public bool Add(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        return Add(length == 4 ? DnsQuestion.A : DnsQuestion.Aaaa, bytes[..length]);
    }

    /// <summary>Adds a name of an address.</summary>
    public bool Add(string name)
    {
        Span<byte> bytes = stackalloc byte[256];
        return TryWrite(name, bytes, out int length) && Add(DnsQuestion.Ptr, bytes[..length]);
    }

    /// <summary>Adds a host and port of a service. RFC 2782.</summary>
    public bool Add(string host, ushort port)
    {
        Span<byte> bytes = stackalloc byte[6 + 256];
        bytes[..6].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], port);
        return TryWrite(host, bytes[6..], out int length) && Add(DnsQuestion.Srv, bytes[..(6 + length)]);
    }

    private bool Add(ushort type, scoped ReadOnlySpan<byte> data)
    {
        int length = 12 + data.Length;
        if (used + length > limit)
        {
            const byte Truncated = 2;
            message[2] |= Truncated;
            return false;
        }
        Span<byte> record = message[used..];
        BinaryPrimitives.WriteUInt16BigEndian(record, PointerToQuestion);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], type);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], ClassInternet);
        BinaryPrimitives.WriteUInt32BigEndian(record[6..], LifetimeSeconds);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)data.Length);
        data.CopyTo(record[12..]);
        used += length;
        BinaryPrimitives.WriteUInt16BigEndian(message[AnswersAt..], ++count);
        return true;
    }

    private static bool TryWrite(string name, Span<byte> bytes, out int length)
    {
        length = 0;
        foreach (string label in name.Split('.'))
        {
            if (label.Length is 0 or > 63 || length + label.Length + 2 > 255) return false;
            bytes[length++] = (byte)label.Length;
            length += Encoding.ASCII.GetBytes(label, bytes[length..]);
        }
        bytes[length++] = 0;
        return true;
    }
}
