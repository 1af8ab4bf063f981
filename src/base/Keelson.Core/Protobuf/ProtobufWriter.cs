using System.Buffers;
using System.Text;

namespace Keelson.Protobuf;

/// <summary>Writes messages of Protocol Buffers field by field. protobuf.dev "Encoding".</summary>
/// <remarks>The methods named <c>…IfSet</c> leave out what has its default value, as proto3 does.</remarks>
public sealed class ProtobufWriter
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

    /// <summary>A number; 0 is left out.</summary>
    public void NumberIfSet(int field, long value)
    {
        if (value != 0) Number(field, value);
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

    /// <summary>A text; <see langword="null"/> and the empty one are left out.</summary>
    public void TextIfSet(int field, string? text)
    {
        if (!string.IsNullOrEmpty(text)) Text(field, text);
    }

    /// <summary>Bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Raw((ulong)(field << 3 | LengthDelimited));
        Raw((ulong)bytes.Length);
        buffer.Write(bytes);
    }

    /// <summary>Bytes; none are left out.</summary>
    public void BytesIfSet(int field, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty) Bytes(field, bytes);
    }

    /// <summary>A message in the message.</summary>
    public void Message(int field, ProtobufWriter message) => Bytes(field, message.Written);

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => buffer.WrittenSpan.ToArray();

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
