using System.Globalization;

namespace Keelson.Tuf;

/// <summary>Times as Go writes them: any offset, up to nine digits of a second. RFC 3339 section 5.6.</summary>
internal static class Rfc3339
{
    private const int Whole = 19;   // yyyy-MM-ddTHH:mm:ss

    public static DateTimeOffset? Parse(string text)
    {
        if (text.Length <= Whole || !DateTime.TryParseExact(text.AsSpan(0, Whole), "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
            return null;
        ReadOnlySpan<char> rest = text.AsSpan(Whole);
        if (rest[0] == '.')
        {
            int digits = 1;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits])) digits++;
            if (digits is 1 or > 10) return null;
            // Ticks are seven digits; what is finer is cut off, so that nothing expires later than it says.
            local = local.AddTicks(long.Parse(rest[1..digits].ToString().PadRight(7, '0').AsSpan(0, 7), CultureInfo.InvariantCulture));
            rest = rest[digits..];
        }
        if (rest is "Z") return new(local, TimeSpan.Zero);
        if (rest.Length != 6 || rest[0] is not ('+' or '-') || rest[3] != ':'
            || !int.TryParse(rest[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out int hours) || hours > 23
            || !int.TryParse(rest[4..6], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) || minutes > 59)
            return null;
        long ticks = local.Ticks - ((rest[0] == '-' ? -1 : 1) * new TimeSpan(hours, minutes, 0).Ticks);
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? new(ticks, TimeSpan.Zero) : null;
    }
}
