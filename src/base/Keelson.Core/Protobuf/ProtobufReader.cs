using System.Text;

namespace Keelson.Protobuf;

/// <summary>Reads messages of Protocol Buffers field by field. protobuf.dev "Encoding".</summary>
/// <param name="message">The message.</param>
public ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> rest = message;

    /// <summary>Number of the field that was read last.</summary>
    public int Field { get; private set; }

    /// <summary>Its value when it is a number.</summary>
    public long Number { get; private set; }

    /// <summary>Its value when it is a text or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value as text; bytes that are not UTF-8 become U+FFFD.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Reads the next field.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="KeelsonException">DataLoss: the message is damaged.</exception>
    public bool Next()
    {
        if (rest.IsEmpty) return false;
        ulong tag = Varint();
        if (tag is < 8 or > uint.MaxValue) throw Damaged();
        Field = (int)(tag >> 3);
        Number = 0;
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = (long)Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                ulong length = Varint();
                Bytes = Take(length > int.MaxValue ? int.MaxValue : (int)length);
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Damaged();
        }
        return true;
    }

    /// <summary>Reads the numbers of a repeated field that is packed. protobuf.dev "Encoding", "Packed Repeated Fields".</summary>
    /// <param name="packed">The field's <see cref="Bytes"/>.</param>
    /// <param name="values">Gets the numbers.</param>
    /// <exception cref="KeelsonException">DataLoss: the last one is cut off.</exception>
    public static void Unpack(ReadOnlySpan<byte> packed, ICollection<ulong> values)
    {
        ProtobufReader numbers = new(packed);
        while (!numbers.rest.IsEmpty) values.Add(numbers.Varint());
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < 10 && i < rest.Length; i++)
        {
            value |= (ulong)(rest[i] & 0x7f) << (7 * i);
            if (rest[i] >= 0x80) continue;
            rest = rest[(i + 1)..];
            return value;
        }
        throw Damaged();
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length) throw Damaged();
        ReadOnlySpan<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static KeelsonException Damaged() => new(ErrorKind.DataLoss, "read message of Protocol Buffers: it is damaged");
}
