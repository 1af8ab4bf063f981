using System.Text;

namespace Keelson.Oci;

internal ref partial struct SpecReader
{
    /// <summary>Longest piece of a document that a message quotes, in characters.</summary>
    private const int QuoteLimit = 64;

    /// <summary>An error about the present value.</summary>
    public readonly OciFormatException Fail(string problem) => new(_documentName, PropertyPath.Locate(_text, _at), problem);

    /// <summary>The value of a property that must be there, in the object that the reader has just left.</summary>
    public readonly T Required<T>(T? value, string name) where T : struct => value ?? throw Missing(name);

    /// <inheritdoc cref="Required{T}"/>
    public readonly string Required(string? value, string name) => value ?? throw Missing(name);

    /// <summary>An error about a property that is not in the object that the reader has just left.</summary>
    public readonly OciFormatException Missing(string name) =>
        new(_documentName, PropertyPath.Append(PropertyPath.Locate(_text, _at), name), "is missing or empty, and required");

    private readonly OciFormatException WrongType(string wanted) => Peek() switch
    {
        '{' => Fail($"is an object, not {wanted}"),
        '[' => Fail($"is an array, not {wanted}"),
        '"' => Fail($"is a string, not {wanted}"),
        't' or 'f' => Fail($"is true or false, not {wanted}"),
        'n' => Fail($"is null, not {wanted}"),
        '-' or (>= '0' and <= '9') => Fail($"is a number, not {wanted}"),
        _ => Malformed("a value is missing"),
    };

    private readonly OciFormatException OutOfRange(ReadOnlySpan<byte> number, string least, ulong most) =>
        Fail($"{Quote(number)} is not between {least} and {most}");

    private readonly OciFormatException TooMany() => Fail($"is an entry too many; the limit is {DocumentLimits.MaxEntries}");

    /// <summary>An error about the document's form at the next byte.</summary>
    private readonly OciFormatException Malformed(string problem)
    {
        ReadOnlySpan<byte> before = _text[..Math.Min(_next, _text.Length)];
        int line = before.Count((byte)'\n') + 1;
        int column = before.Length - before.LastIndexOf((byte)'\n');
        string end = _next >= _text.Length ? ", at the end of the document" : "";
        return new(_documentName, PropertyPath.Locate(_text, _next), $"is not valid JSON: line {line}, byte {column}{end}: {problem}");
    }

    /// <inheritdoc cref="Quote(ReadOnlySpan{char})"/>
    internal static string Quote(ReadOnlySpan<byte> utf8) => Quote(Encoding.UTF8.GetString(utf8.Length > QuoteLimit * 4 ? utf8[..(QuoteLimit * 4)] : utf8));

    /// <summary>A piece of the document for a message: cut to size, and without characters that could disturb a terminal or a log.</summary>
    internal static string Quote(ReadOnlySpan<char> text)
    {
        StringBuilder quoted = new();
        foreach (char c in text.Length > QuoteLimit ? text[..QuoteLimit] : text)
            quoted.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        return text.Length > QuoteLimit ? quoted.Append('…').ToString() : quoted.ToString();
    }
}
