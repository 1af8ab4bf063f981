using System.Buffers.Text;

namespace Keelson.Cgroups;

/// <summary>Share of time in which tasks waited for a resource. Kernel documentation accounting/psi.</summary>
public sealed class PressureStats
{
    /// <summary>At least one task waited.</summary>
    public PressureLine Some { get; private set; }

    /// <summary>All tasks waited at once.</summary>
    public PressureLine Full { get; private set; }

    /// <summary>Reads a <c>*.pressure</c> file: <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=0</c>. Unknown words are passed over.</summary>
    internal static PressureStats Parse(ReadOnlySpan<byte> text)
    {
        PressureStats stats = new();
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (line.StartsWith("some "u8)) stats.Some = ParseLine(line);
            else if (line.StartsWith("full "u8)) stats.Full = ParseLine(line);
        }
        return stats;
    }

    private static PressureLine ParseLine(ReadOnlySpan<byte> line)
    {
        double average10 = 0, average60 = 0, average300 = 0;
        ulong total = 0;
        foreach (Range range in line.Split((byte)' '))
        {
            ReadOnlySpan<byte> word = line[range];
            int equals = word.IndexOf((byte)'=');
            if (equals < 0) continue;
            ReadOnlySpan<byte> key = word[..equals], value = word[(equals + 1)..];
            if (key.SequenceEqual("total"u8)) _ = Utf8Parser.TryParse(value, out total, out _);
            else if (Utf8Parser.TryParse(value, out double average, out _))
            {
                if (key.SequenceEqual("avg10"u8)) average10 = average;
                else if (key.SequenceEqual("avg60"u8)) average60 = average;
                else if (key.SequenceEqual("avg300"u8)) average300 = average;
            }
        }
        return new PressureLine(average10, average60, average300, total);
    }
}
