using System.Buffers;
using System.Text;

namespace Keelson.Runtime.Criu;

/// <summary>Writes messages of Protocol Buffers field by field. protobuf.dev "Encoding".</summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0, LengthDelimited = 2;
    private readonly ArrayBufferWriter<byte> buffer = new(256);

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    /// <summary>A number, an enumeration or, as 0 and 1, a truth value. A negative one takes ten bytes.</summary>
    public void Number(int field, long value)
    {
        Raw((ulong)(field << 3 | Varint));
        Raw((ulong)value);
    }

    /// <summary>A switch; one that is off is left out.</summary>
    public void Switch(int field, bool value)
    {
        if (value) Number(field, 1);
    }

    /// <summary>A text; <see langword="null"/> is left out.</summary>
    public void Text(int field, string? text)
    {
        if (text is not null) Bytes(field, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A message in the message.</summary>
    public void Message(int field, ProtobufWriter message) => Bytes(field, message.Written);

    private void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Raw((ulong)(field << 3 | LengthDelimited));
        Raw((ulong)bytes.Length);
        buffer.Write(bytes);
    }

    private void Raw(ulong value)
    {
        Span<byte> bytes = buffer.GetSpan(10);
        int length = 0;
        while (value >= 0x80)
        {
            bytes[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        bytes[length++] = (byte)value;
        buffer.Advance(length);
    }
}
