using System.Globalization;

namespace Keelson.Registry.Http;

/// <summary>Where the bytes of a chunk are in what is pushed. distribution-spec 1.1 "Pushing a blob in chunks".</summary>
/// <param name="From">The first one.</param>
/// <param name="To">The last one; one less than the first where there is none.</param>
internal readonly record struct ContentRange(long From, long To)
{
    /// <summary>How many.</summary>
    public long Length => To - From + 1;

    /// <summary>Reads <c>0-99</c>, and <c>bytes 0-99/*</c>, which some clients write.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ContentRange range)
    {
        range = default;
        if (text.StartsWith("bytes ")) text = text[6..];
        if (text.IndexOf('/') is var slash and >= 0) text = text[..slash];
        int dash = text.IndexOf('-');
        if (dash < 0 || !long.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out long from) || !long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long to)
            || to < from - 1 || to == long.MaxValue) return false;
        range = new(from, to);
        return true;
    }
}
