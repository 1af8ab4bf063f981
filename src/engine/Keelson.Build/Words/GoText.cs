using System.Buffers;
using System.Globalization;
using System.Text;

namespace Keelson.Build;

/// <summary>Text as Go's <c>%q</c> and durations write it, for the history of images has it so.</summary>
internal static class GoText
{
    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

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

    /// <summary>A duration: <c>1m30s</c>, <c>500ms</c>, <c>0s</c>.</summary>
    public static string Duration(long nanoseconds)
    {
        if (nanoseconds == 0) return "0s";
        if (nanoseconds < 0) return "-" + Duration(-nanoseconds);
        decimal all = nanoseconds;
        if (nanoseconds < 1_000) return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds}ns");
        if (nanoseconds < 1_000_000) return string.Create(CultureInfo.InvariantCulture, $"{all / 1_000:0.###}µs");
        if (nanoseconds < 1_000_000_000) return string.Create(CultureInfo.InvariantCulture, $"{all / 1_000_000:0.######}ms");
        long hours = nanoseconds / 3_600_000_000_000, minutes = nanoseconds / 60_000_000_000 % 60;
        string seconds = string.Create(CultureInfo.InvariantCulture, $"{all % 60_000_000_000 / 1_000_000_000:0.#########}s");
        return hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours}h{minutes}m{seconds}") : minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}") : seconds;
    }

    /// <summary>Reads a duration: numbers, each with its unit.</summary>
    /// <returns>Nanoseconds; <see langword="null"/> when it is none.</returns>
    public static long? ParseDuration(ReadOnlySpan<char> text)
    {
        if (text is "0") return 0;
        bool isNegative = text is ['-', ..];
        if (text is ['-' or '+', ..]) text = text[1..];
        if (text.IsEmpty) return null;
        decimal sum = 0;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(Number);
            if (digits <= 0 || digits > 20 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)) return null;
            text = text[digits..];
            int length = text.IndexOfAny(Number);
            if (length < 0) length = text.Length;
            decimal unit = text[..length] switch { "h" => 3_600_000_000_000, "m" => 60_000_000_000, "s" => 1_000_000_000, "ms" => 1_000_000, "us" or "µs" => 1_000, "ns" => 1, _ => 0 };
            if (unit == 0) return null;
            sum += number * unit;
            if (sum > long.MaxValue) return null;
            text = text[length..];
        }
        return isNegative ? -(long)sum : (long)sum;
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
