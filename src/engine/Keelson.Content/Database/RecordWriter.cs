using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Writes values one after another: numbers as base 128 with the low bits first, texts and bytes after their length.</summary>
internal sealed class RecordWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(256);

    public int Length => buffer.WrittenCount;

    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    public void Clear() => buffer.ResetWrittenCount();

    public void Byte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    public void Number(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }
        Byte((byte)value);
    }

    public void Number(long value) => Number((ulong)value);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number((ulong)value.Length);
        buffer.Write(value);
    }

    public void Text(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        Number((ulong)bytes);
        Encoding.UTF8.GetBytes(value, buffer.GetSpan(bytes));
        buffer.Advance(bytes);
    }

    /// <summary>100 ns since the year 1, which is as fine as the framework's own type.</summary>
    public void Time(DateTimeOffset value) => Number(value.UtcTicks);

    public void Digest(Digest value) => Text(value.ToString());

    public void Labels(LabelSet labels)
    {
        Number((ulong)labels.Count);
        foreach ((string key, string value) in labels)
        {
            Text(key);
            Text(value);
        }
    }

    public void Raw(ReadOnlySpan<byte> value) => buffer.Write(value);

    /// <summary>Leaves room for a number of 4 bytes and says where.</summary>
    public int Reserve(int bytes)
    {
        int at = buffer.WrittenCount;
        buffer.GetSpan(bytes)[..bytes].Clear();
        buffer.Advance(bytes);
        return at;
    }

    /// <summary>Fills the room with a number, low byte first.</summary>
    public void Fill(int at, uint value)
    {
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(buffer.WrittenMemory, out ArraySegment<byte> segment);
        BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(at), value);
    }
}
