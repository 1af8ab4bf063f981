using System.Buffers.Text;

namespace Keelson.Cgroups;

/// <summary>Reads control files whose lines are a key, a space and a number, without allocating. Kernel documentation cgroup-v2 "Flat keyed".</summary>
/// <param name="text">The file's bytes.</param>
internal ref struct KeyedNumbers(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> rest = text;

    /// <summary>Takes the next line of this form; others are passed over. <c>max</c> is the largest number.</summary>
    public bool TryNext(out ReadOnlySpan<byte> key, out ulong value)
    {
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            int space = line.IndexOf((byte)' ');
            if (space <= 0) continue;
            ReadOnlySpan<byte> number = line[(space + 1)..];
            key = line[..space];
            if (Utf8Parser.TryParse(number, out value, out int used) && used == number.Length) return true;
            value = CgroupDirectory.Unlimited;
            if (number.SequenceEqual("max"u8)) return true;
        }
        key = default;
        value = 0;
        return false;
    }

    /// <summary>The number of one key; <see langword="null"/> when the file does not have it.</summary>
    public static ulong? Find(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        KeyedNumbers lines = new(text);
        while (lines.TryNext(out ReadOnlySpan<byte> name, out ulong value))
            if (name.SequenceEqual(key))
                return value;
        return null;
    }
}
