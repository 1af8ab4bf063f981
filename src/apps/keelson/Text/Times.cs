using System.Globalization;

namespace Keelson.Cli.Text;

/// <summary>Points in time, for people and from people.</summary>
internal static class Times
{
    /// <summary>How long ago: <c>5 minutes ago</c>.</summary>
    public static string Ago(long unixSeconds, TimeProvider time) => Ago(unixSeconds, time.GetUtcNow());

    /// <summary>How long before a moment.</summary>
    public static string Ago(long unixSeconds, DateTimeOffset now) => Units.Duration(now - DateTimeOffset.FromUnixTimeSeconds(unixSeconds)) + " ago";

    /// <summary>In the machine's time zone, as Go prints it: <c>2026-11-26 09:36:08 +0000 UTC</c>.</summary>
    public static string Local(long unixSeconds, TimeProvider time)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(unixSeconds), time.LocalTimeZone);
        return local.ToString("yyyy-MM-dd HH:mm:ss ", CultureInfo.InvariantCulture) + Offset(local.Offset, "") + " " + ZoneName(local, time.LocalTimeZone);
    }

    private static string ZoneName(DateTimeOffset local, TimeZoneInfo zone)
    {
        if (zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime) return "UTC";
        string name = zone.IsDaylightSavingTime(local) ? zone.DaylightName : zone.StandardName;
        return name.Length is > 0 and <= 5 ? name : Offset(local.Offset, "");
    }

    /// <summary>RFC 3339 with nine digits of a second, in the machine's time zone.</summary>
    public static string Nano(long unixNanoseconds, TimeProvider time)
    {
        (long seconds, long nanoseconds) = Math.DivRem(unixNanoseconds, 1_000_000_000);
        DateTimeOffset local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(seconds), time.LocalTimeZone);
        return local.ToString("yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture) + nanoseconds.ToString("000000000", CultureInfo.InvariantCulture) + (local.Offset == TimeSpan.Zero ? "Z" : Offset(local.Offset, ":"));
    }

    private static string Offset(TimeSpan offset, string separator) =>
        (offset < TimeSpan.Zero ? "-" : "+") + Math.Abs(offset.Hours).ToString("00", CultureInfo.InvariantCulture) + separator + Math.Abs(offset.Minutes).ToString("00", CultureInfo.InvariantCulture);

    /// <summary>Reads a point in time: Unix seconds, a duration before now (<c>10m</c>), or a date of RFC 3339 with as much of it as is wanted.</summary>
    /// <returns>Unix seconds and nanoseconds, as the API takes them; <see langword="null"/> for <see langword="null"/>.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: it is none of these.</exception>
    public static string? Parse(string? text, TimeProvider time)
    {
        if (text is null) return null;
        if (GoDuration.Parse(text) is { } before) return Unix(time.GetUtcNow() - before);
        if (text.Length > 0 && text.All(c => char.IsAsciiDigit(c) || c == '.')) return text;
        string[] formats = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHHK", "yyyy-MM-ddK"];
        string cut = CutFraction(text);
        if (DateTimeOffset.TryParseExact(cut, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset moment)) return Unix(moment);
        throw new KeelsonException(ErrorKind.InvalidArgument, $"'{text}' is no time: Unix seconds, a duration such as 10m, or a date such as 2026-01-31T12:00:00");
    }

    /// <summary>.NET counts in 100 ns: digits after the seventh are dropped.</summary>
    private static string CutFraction(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0) return text;
        int end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end - point - 1 <= 7 ? text : text[..(point + 8)] + text[end..];
    }

    private static string Unix(DateTimeOffset moment)
    {
        long ticks = moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        return $"{Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest)}.{rest * 100:000000000}";
    }
}
