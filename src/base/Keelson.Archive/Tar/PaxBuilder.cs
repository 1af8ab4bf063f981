using System.Globalization;
using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Makes the records of an extended header. pax(1) "pax Interchange Format".</summary>
internal sealed class PaxBuilder
{
    private readonly List<byte> records = [];

    /// <summary>Bytes so far.</summary>
    public int Length => records.Count;

    /// <summary>Adds a record. Its length counts its own digits.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int rest = key.Length + value.Length + 3, length = rest + 1;
        while (rest + Digits(length) != length) length = rest + Digits(length);
        records.AddRange(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
        records.Add((byte)' ');
        records.AddRange(key);
        records.Add((byte)'=');
        records.AddRange(value);
        records.Add((byte)'\n');
    }

    /// <summary>Adds a time: seconds, and a fraction without zeros at its end.</summary>
    public void AddTime(ReadOnlySpan<byte> key, FileTime time)
    {
        (long seconds, long nanoseconds) = (time.Seconds, time.Nanoseconds);
        bool isNegative = seconds < 0;
        // -1.25 is 0.75 s after -2: the sign belongs to the whole.
        if (isNegative) (seconds, nanoseconds) = nanoseconds == 0 ? (-seconds, 0) : (-(seconds + 1), 1_000_000_000 - nanoseconds);
        string text = (isNegative ? "-" : "") + seconds.ToString(CultureInfo.InvariantCulture);
        if (nanoseconds != 0) text += "." + nanoseconds.ToString("d9", CultureInfo.InvariantCulture).TrimEnd('0');
        Add(key, Encoding.ASCII.GetBytes(text));
    }

    /// <summary>The header's contents.</summary>
    public byte[] ToArray() => records.ToArray();

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
