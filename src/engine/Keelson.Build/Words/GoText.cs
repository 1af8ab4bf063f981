using System.Globalization;
using System.Text;

namespace Keelson.Build;

/// <summary>Text as Go's <c>%q</c> writes it, for the history of images has it so.</summary>
internal static class GoText
{

    /// <summary>A string in double quotes.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes()) Append(quoted, rune, '"');
        return quoted.Append('"').ToString();
    }

    /// <summary>A list of strings: <c>["a" "b"]</c>.</summary>
    public static string Quote(IReadOnlyList<string>? words) => "[" + string.Join(' ', (words ?? []).Select(Quote)) + "]";

    /// <summary>A number as the character that it is: <c>'\x03'</c>.</summary>
    public static string QuoteRune(int number)
    {
        StringBuilder quoted = new("'");
        Append(quoted, Rune.IsValid(number) ? new(number) : Rune.ReplacementChar, '\'');
        return quoted.Append('\'').ToString();
    }

    private static void Append(StringBuilder quoted, Rune rune, char quote)
    {
        string plain = rune.Value switch { '\a' => "\\a", '\b' => "\\b", '\f' => "\\f", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '\v' => "\\v", '\\' => "\\\\", _ => "" };
        if (plain.Length > 0) quoted.Append(plain);
        else if (rune.Value == quote) quoted.Append('\\').Append(quote);
        else if (rune.Value < 0x20 || rune.Value == 0x7f) quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        else if (!IsPrintable(rune)) quoted.Append(CultureInfo.InvariantCulture, $"{(rune.Value > 0xffff ? "\\U" : "\\u")}{rune.Value.ToString(rune.Value > 0xffff ? "x8" : "x4", CultureInfo.InvariantCulture)}");
        else quoted.Append(rune.ToString());
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
