using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>Durations as Go writes them, since clients compare texts: <c>1m30s</c>, <c>1.5s</c>, <c>250ms</c>.</summary>
internal static class GoDuration
{
    /// <summary>The text of a duration that is not negative.</summary>
    public static string Text(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero) return "0s";
        if (duration < TimeSpan.FromMilliseconds(1)) return Number(duration.Ticks / (double)TimeSpan.TicksPerMicrosecond) + "µs";
        if (duration < TimeSpan.FromSeconds(1)) return Number(duration.TotalMilliseconds) + "ms";
        long hours = duration.Ticks / TimeSpan.TicksPerHour, minutes = duration.Ticks / TimeSpan.TicksPerMinute % 60;
        string seconds = Number(duration.Ticks % TimeSpan.TicksPerMinute / (double)TimeSpan.TicksPerSecond) + "s";
        return hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours}h{minutes}m{seconds}") : minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}") : seconds;
    }

    private static string Number(double number) => number.ToString("0.#######", CultureInfo.InvariantCulture);
}
