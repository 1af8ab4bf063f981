namespace Keelson.Cli.Text;

/// <summary>Shortened texts.</summary>
internal static class Ellipsis
{
    /// <summary>At most so many characters, the last one then <c>…</c>.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        if (length <= 1) return text[..Math.Max(length, 0)];
        return text[..(length - 1)] + "…";
    }

    /// <summary>The first twelve digits of an ID, without the name of its algorithm.</summary>
    public static string ShortId(string id)
    {
        int colon = id.IndexOf(':', StringComparison.Ordinal);
        string digits = colon < 0 ? id : id[(colon + 1)..];
        return digits.Length > 12 ? digits[..12] : digits;
    }
}
