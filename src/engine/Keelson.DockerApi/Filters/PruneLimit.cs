using System.Globalization;
using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Filters;

/// <summary>Filter <c>until</c> of prunes: a moment, or how long ago.</summary>
internal static class PruneLimit
{
    /// <summary>Reads it; <see langword="null"/> when it is not there.</summary>
    /// <exception cref="ApiException">400: it is neither, or there are several.</exception>
    public static DateTimeOffset? Parse(FilterSet filters, DateTimeOffset now)
    {
        if (!filters.Has("until")) return null;
        if (filters["until"] is not [string text]) throw ApiException.BadRequest("more than one until filter specified");
        if (text != "0" && GoDuration.Parse(text) is { } ago) return now - ago;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds) && seconds is > -60_000_000_000 and < 100_000_000_000) return DateTimeOffset.FromUnixTimeSeconds(seconds);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment) ? moment
            : throw ApiException.BadRequest($"failed to parse value as time or duration: \"{text}\"");
    }
}
