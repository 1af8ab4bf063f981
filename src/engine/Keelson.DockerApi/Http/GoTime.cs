using System.Globalization;

namespace Keelson.DockerApi.Http;

/// <summary>Moments and ages as docker writes them.</summary>
internal static class GoTime
{
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

    private static string Count(long number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number} {unit}");
}
