using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Keelson.Tuf;

/// <summary>Reads JSON as metadata may use it, and nothing else.</summary>
/// <remarks>
/// Everything that two parsers could understand differently is refused: repeated members, fractions and exponents, integers that a double cannot
/// hold, half surrogates, NUL, bytes that are not UTF-8, comments, trailing commas, bytes after the value, deep nesting.
/// </remarks>
public static class TufJson
{
    /// <summary>How deep values may nest: 64, far above what any metadata needs and far below what a stack bears.</summary>
    public const int MaximumDepth = 64;

    /// <summary>The greatest integer, either sign: 2^53 - 1, which every parser holds exactly.</summary>
    public const long MaximumInteger = (1L << 53) - 1;

    /// <summary>Reads one value.</summary>
    /// <param name="bytes">UTF-8, without a mark of byte order. They must not change while the element is in use.</param>
    /// <returns>The tree over <paramref name="bytes"/>; it needs no disposal.</returns>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span)) throw Malformed("not UTF-8");
        try
        {
            Check(bytes.Span);
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false }).RootElement;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Malformed(e.Message.TrimEnd('.'), e);
        }
    }

    private static void Check(ReadOnlySpan<byte> bytes)
    {
        Utf8JsonReader reader = new(bytes, new JsonReaderOptions { MaxDepth = MaximumDepth });
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Number:
                    CheckNumber(reader.ValueSpan);
                    break;
                // Without an escape there can be neither a half surrogate nor NUL.
                case JsonTokenType.String or JsonTokenType.PropertyName when reader.ValueIsEscaped:
                    if (reader.GetString()!.Contains('\0')) throw Malformed("NUL in a string");
                    break;
            }
        }
    }

    private static void CheckNumber(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny(".eE"u8) >= 0) throw Malformed("a number that is not an integer");
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value is > MaximumInteger or < -MaximumInteger)
            throw Malformed("an integer beyond 2^53");
        if (value == 0 && text[0] == '-') throw Malformed("negative zero");
    }

    private static TufException Malformed(string cause, Exception? inner = null) => new(TufFault.Malformed, "read JSON: " + cause, inner);
}
