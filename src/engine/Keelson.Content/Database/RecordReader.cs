using System.Text;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
/// <remarks>The bytes have passed their checksum; what is wrong in them all the same is DataLoss.</remarks>
internal ref struct RecordReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> data = data;
    private int at;

    public readonly bool IsAtEnd => at == data.Length;

    public byte Byte() => at < data.Length ? data[at++] : throw Damaged();

    public ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
        throw Damaged();
    }

    public long Signed() => (long)Number();

    public ReadOnlySpan<byte> Bytes()
    {
        ulong length = Number();
        if (length > (ulong)(data.Length - at)) throw Damaged();
        ReadOnlySpan<byte> value = data.Slice(at, (int)length);
        at += (int)length;
        return value;
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public DateTimeOffset Time()
    {
        long ticks = Signed();
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks ? new(ticks, TimeSpan.Zero) : throw Damaged();
    }

    public Digest Digest()
    {
        string text = Text();
        return text.Length == 0 ? default : Oci.Digest.TryParse(text, out Digest digest) ? digest : throw Damaged();
    }

    public LabelSet Labels()
    {
        int count = Count();
        string[] keys = new string[count], values = new string[count];
        for (int i = 0; i < count; i++)
        {
            keys[i] = Text();
            values[i] = Text();
        }
        return LabelSet.Trusted(keys, values);
    }

    /// <summary>A number of things to come, each of at least a byte.</summary>
    public int Count()
    {
        ulong count = Number();
        return count <= (ulong)(data.Length - at) ? (int)count : throw Damaged();
    }

    public static KeelsonException Damaged() => new(ErrorKind.DataLoss, "read a record of the metadata: it passed its checksum and does not make sense");
}
