using System.Globalization;

namespace Keelson.Hosting.Grpc;

/// <summary>The header <c>grpc-timeout</c>: up to eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    private const int DigitLimit = 8;

    /// <summary>Longest time that timers can measure, 24 days; more is as none.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>How long the caller waits; <see langword="null"/> for as long as it takes, or when the header is none.</summary>
    public static TimeSpan? Parse(string? text)
    {
        if (text is null || text.Length is < 2 or > DigitLimit + 1) return null;
        if (!long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count)) return null;
        double seconds = text[^1] switch { 'H' => 3600d * count, 'M' => 60d * count, 'S' => count, 'm' => count / 1e3, 'u' => count / 1e6, 'n' => count / 1e9, _ => double.NaN };
        return double.IsNaN(seconds) || seconds > Longest.TotalSeconds ? null : TimeSpan.FromSeconds(seconds);
    }
}
