using System.Buffers;
using System.Globalization;

namespace Keelson;

/// <summary>Durations in the text form of Go, which docker's and containerd's options, files and messages have: <c>1m30s</c>, <c>1.5h</c>, <c>250ms</c>.</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration: a sum of numbers, each with its unit, one of ns, us, ms, s, m, h; a sign may stand before all, and 0 needs no unit.</summary>
    /// <returns>Nanoseconds; <see langword="null"/>: it is none, or longer than 292 years.</returns>
    public static long? ParseNanoseconds(ReadOnlySpan<char> text)
    {
        bool isNegative = text is ['-', ..];
        if (text is ['-' or '+', ..]) text = text[1..];
        if (text is "0") return 0;
        if (text.IsEmpty) return null;
        decimal sum = 0;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(Number);
            if (digits <= 0 || digits > 20 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)) return null;
            text = text[digits..];
            int length = text.IndexOfAny(Number);
            if (length < 0) length = text.Length;
            if (Unit(text[..length]) is not { } unit || number > long.MaxValue / unit) return null;
            sum += number * unit;
            if (sum > long.MaxValue) return null;
            text = text[length..];
        }
        return isNegative ? -(long)sum : (long)sum;
    }

    /// <summary>Reads a duration as <see cref="ParseNanoseconds"/> does, to a tenth of a microsecond.</summary>
    public static TimeSpan? Parse(ReadOnlySpan<char> text) => ParseNanoseconds(text) is { } nanoseconds ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : null;

    /// <summary>The text of a duration as Go writes it, since clients compare texts.</summary>
    public static string Text(TimeSpan duration) => Text(duration.Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>The text of so many nanoseconds.</summary>
    public static string Text(long nanoseconds)
    {
        if (nanoseconds == 0) return "0s";
        if (nanoseconds < 0) return "-" + Text(-nanoseconds);
        decimal all = nanoseconds;
        if (nanoseconds < 1_000) return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds}ns");
        if (nanoseconds < 1_000_000) return string.Create(CultureInfo.InvariantCulture, $"{all / 1_000:0.###}µs");
        if (nanoseconds < 1_000_000_000) return string.Create(CultureInfo.InvariantCulture, $"{all / 1_000_000:0.######}ms");
        long hours = nanoseconds / 3_600_000_000_000, minutes = nanoseconds / 60_000_000_000 % 60;
        string seconds = string.Create(CultureInfo.InvariantCulture, $"{all % 60_000_000_000 / 1_000_000_000:0.#########}s");
        return hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours}h{minutes}m{seconds}") : minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}") : seconds;
    }

    private static long? Unit(ReadOnlySpan<char> name) => name switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => null,
    };
}
