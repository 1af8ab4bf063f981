using System.Buffers.Binary;
using System.Text;

namespace Keelson.Cgroups.DBus;

/// <summary>A received message. D-Bus specification "Message Protocol".</summary>
/// <remarks><code>
///   'l'  type  flags  1 | body length | serial | length of fields | fields: (byte code, variant) ... | padding to 8 | body
/// </code></remarks>
internal sealed class BusMessage
{
    /// <summary>Types of messages.</summary>
    public const byte Call = 1, Reply = 2, Error = 3, Signal = 4;

    /// <summary>The fixed part of the header, with the length of the fields.</summary>
    public const int FixedBytes = 16;

    /// <summary>Longest message that is read: replies about units are a few hundred bytes.</summary>
    private const int MaximumBytes = 1 << 20;

    private readonly byte[] bytes;
    private int at;

    private BusMessage(byte[] bytes) => this.bytes = bytes;

    public byte Type => bytes[1];

    public uint Serial { get; private init; }

    public uint ReplySerial { get; private set; }

    public string Path { get; private set; } = "";

    public string Interface { get; private set; } = "";

    public string Member { get; private set; } = "";

    public string ErrorName { get; private set; } = "";

    public string Sender { get; private set; } = "";

    public string Signature { get; private set; } = "";

    /// <summary>The marshalled values.</summary>
    public ReadOnlySpan<byte> Body => bytes.AsSpan(bodyStart);

    private int bodyStart;

    /// <summary>Length of the message that begins with these bytes, or 0 when there are fewer than <see cref="FixedBytes"/>.</summary>
    /// <exception cref="KeelsonException">DataLoss: this is no message, or too long a one.</exception>
    public static int LengthOf(ReadOnlySpan<byte> start)
    {
        if (start.Length < FixedBytes) return 0;
        if (start[0] != 'l' || start[3] != 1) throw Damaged("begins with another byte order or version");
        uint body = BinaryPrimitives.ReadUInt32LittleEndian(start[4..]), fields = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        if (body > MaximumBytes || fields > MaximumBytes) throw Damaged("is longer than 1 MiB");
        return FixedBytes + ((int)fields + 7 & ~7) + (int)body;
    }

    /// <summary>Reads the header of a whole message.</summary>
    /// <exception cref="KeelsonException">DataLoss: a length leads out of the message.</exception>
    public static BusMessage Parse(byte[] bytes)
    {
        BusMessage message = new(bytes) { Serial = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)), at = FixedBytes };
        int end = FixedBytes + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        if (end > bytes.Length) throw Damaged("has fields that lead out of it");
        while (message.at < end)
        {
            message.Align(8);
            byte code = message.ReadByte();
            string signature = message.ReadSignature();
            switch (code, signature)
            {
                case (1, "o"): message.Path = message.ReadString(); break;
                case (2, "s"): message.Interface = message.ReadString(); break;
                case (3, "s"): message.Member = message.ReadString(); break;
                case (4, "s"): message.ErrorName = message.ReadString(); break;
                case (5, "u"): message.ReplySerial = message.ReadUInt32(); break;
                case (7, "s"): message.Sender = message.ReadString(); break;
                case (8, "g"): message.Signature = message.ReadSignature(); break;
                case (_, "s" or "o"): message.ReadString(); break;
                case (_, "u"): message.ReadUInt32(); break;
                case (_, "g"): message.ReadSignature(); break;
                default: throw Damaged($"has a field of type '{signature}'");
            }
        }
        message.at = end;
        message.Align(8);
        message.bodyStart = message.at;
        return message;
    }

    public byte ReadByte() => at < bytes.Length ? bytes[at++] : throw Damaged("is cut off");

    public uint ReadUInt32()
    {
        Align(4);
        if (bytes.Length - at < 4) throw Damaged("is cut off");
        at += 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at - 4));
    }

    /// <summary>A string or object path.</summary>
    public string ReadString() => Text((int)Math.Min(ReadUInt32(), MaximumBytes));

    public string ReadSignature() => Text(ReadByte());

    private string Text(int length)
    {
        if (bytes.Length - at <= length) throw Damaged("is cut off");
        string text = Encoding.UTF8.GetString(bytes, at, length);
        at += length + 1;
        return text;
    }

    private void Align(int alignment) => at = Math.Min(at + alignment - 1 & -alignment, bytes.Length);

    private static KeelsonException Damaged(string what) => new(ErrorKind.DataLoss, "read d-bus message: it " + what);
}
