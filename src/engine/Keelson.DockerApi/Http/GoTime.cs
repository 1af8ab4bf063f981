using System.Buffers;
using System.Globalization;

namespace Keelson.DockerApi.Http;

/// <summary>Moments and durations as docker writes them.</summary>
internal static class GoTime
{
    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

    /// <summary>Go's moment that is none.</summary>
    public const string Zero = "0001-01-01T00:00:00Z";

    /// <summary>RFC 3339 with as many digits as there are; <see cref="Zero"/> for <see langword="null"/>.</summary>
    public static string Text(DateTimeOffset? moment) => moment is { } at ? at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture) : Zero;

    /// <summary>RFC 3339 with nine digits, so that lines of a log have one width.</summary>
    public static string Fixed(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    /// <summary>Nanoseconds since 1970.</summary>
    public static long Nanoseconds(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>How long something takes or is ago, roughly: <c>About an hour</c>.</summary>
    public static string Human(TimeSpan duration)
    {
        long seconds = (long)duration.TotalSeconds, minutes = (long)duration.TotalMinutes, hours = (long)(duration.TotalHours + 0.5);
        return seconds < 1 ? "Less than a second"
            : seconds == 1 ? "1 second"
            : seconds < 60 ? Count(seconds, "seconds")
            : minutes == 1 ? "About a minute"
            : minutes < 60 ? Count(minutes, "minutes")
            : hours == 1 ? "About an hour"
            : hours < 48 ? Count(hours, "hours")
            : hours < 24 * 7 * 2 ? Count(hours / 24, "days")
            : hours < 24 * 30 * 2 ? Count(hours / 24 / 7, "weeks")
            : hours < 24 * 365 * 2 ? Count(hours / 24 / 30, "months")
            : Count((long)duration.TotalHours / 24 / 365, "years");
    }

    /// <summary>Reads a duration as Go writes it, such as <c>1h30m</c>.</summary>
    public static bool TryDuration(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.IsEmpty) return false;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(Number);
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
            text = text[digits..];
            int length = text.IndexOfAny(Number);
            if (length < 0) length = text.Length;
            double unit = text[..length] switch
            {
                "h" => TimeSpan.TicksPerHour,
                "m" => TimeSpan.TicksPerMinute,
                "s" => TimeSpan.TicksPerSecond,
                "ms" => TimeSpan.TicksPerMillisecond,
                "us" or "µs" => TimeSpan.TicksPerMicrosecond,
                "ns" => 0.01,
                _ => double.NaN,
            };
            double ticks = duration.Ticks + number * unit;
            if (!(ticks < long.MaxValue / 2)) return false;
            duration = TimeSpan.FromTicks((long)ticks);
            text = text[length..];
        }
        return true;
    }

    private static string Count(long number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number} {unit}");
}
