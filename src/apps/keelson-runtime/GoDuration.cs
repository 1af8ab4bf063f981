using System.Globalization;

namespace Keelson.RuntimeCli;

/// <summary>Spans of time as the runtime's callers write them, in the notation of the Go language.</summary>
internal static class GoDuration
{
    /// <summary>Reads <c>100ms</c>, <c>5s</c>, <c>1m30s</c>, <c>1.5h</c>: numbers, each with its unit, one of ns, us, ms, s, m, h.</summary>
    /// <returns><see langword="null"/>: not such a text, negative, or longer than 292 years.</returns>
    public static TimeSpan? TryParse(ReadOnlySpan<char> text)
    {
        if (text is "0") return TimeSpan.Zero;
        if (text.IsEmpty) return null;
        decimal nanoseconds = 0;
        while (!text.IsEmpty)
        {
            int digits = Length(text, ofNumber: true);
            ReadOnlySpan<char> name = text.Slice(digits, Length(text[digits..], ofNumber: false));
            if (!decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || Unit(name) is not { } scale) return null;
            if (number > long.MaxValue / scale) return null;
            nanoseconds += number * scale;
            text = text[(digits + name.Length)..];
        }
        return nanoseconds > long.MaxValue ? null : TimeSpan.FromTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick));
    }

    private static int Length(ReadOnlySpan<char> text, bool ofNumber)
    {
        int length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.') == ofNumber) length++;
        return length;
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
