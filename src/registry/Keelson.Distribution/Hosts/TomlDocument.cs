using System.Globalization;
using System.Text;

namespace Keelson.Distribution;

/// <summary>Reads the part of TOML that hosts.toml uses: tables, strings, booleans, integers, arrays and inline tables.</summary>
/// <remarks>TOML 1.0. Multi-line strings, floats, dates and arrays of tables are refused.</remarks>
internal sealed class TomlDocument
{
    private const int MaxDepth = 16;
    private readonly string text, document;
    private int at, line = 1;

    private TomlDocument(string text, string document) => (this.text, this.document) = (text, document);

    /// <summary>Reads a document.</summary>
    /// <exception cref="KeelsonException">InvalidArgument, with the line.</exception>
    public static TomlTable Parse(string text, string document) => new TomlDocument(text, document).Read();

    private TomlTable Read()
    {
        TomlTable root = new(document), table = root;
        HashSet<TomlTable> opened = [];
        for (SkipBlank(); at < text.Length; SkipBlank())
        {
            if (Take('['))
            {
                if (Peek == '[') throw Fail("arrays of tables are not supported");
                table = Descend(root, Keys());
                if (!opened.Add(table)) throw Fail("the table appears twice");
                Expect(']');
            }
            else Entry(table, 0);
            EndLine();
        }
        return root;
    }

    private void Entry(TomlTable table, int depth)
    {
        List<string> keys = Keys();
        Expect('=');
        object value = Value(depth);
        if (!Descend(table, keys[..^1]).TryAdd(keys[^1], value)) throw Fail($"'{keys[^1]}' appears twice");
    }

    private TomlTable Descend(TomlTable table, List<string> keys)
    {
        if (keys.Count > MaxDepth) throw Fail("the name is too deep");
        foreach (string key in keys)
        {
            if (table.Find(key) is null) table.TryAdd(key, new TomlTable(document));
            table = table.Find(key) as TomlTable ?? throw Fail($"'{key}' is not a table");
        }
        return table;
    }

    private List<string> Keys()
    {
        List<string> keys = [];
        do
        {
            SkipSpace();
            keys.Add(Peek is '"' or '\'' ? QuotedText() : Bare());
            SkipSpace();
        }
        while (Take('.'));
        return keys;
    }

    private string Bare()
    {
        int start = at;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-') at++;
        return at > start ? text[start..at] : throw Fail("a name is missing");
    }

    private object Value(int depth)
    {
        if (depth > MaxDepth) throw Fail("the value is too deep");
        SkipSpace();
        switch (Peek)
        {
            case '"' or '\'': return QuotedText();
            case '[': return List(depth);
            case '{': return Inline(depth);
        }
        int start = at;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-' or '+' or '.' or ':') at++;
        string word = text[start..at];
        if (word is "true" or "false") return word == "true";
        return long.TryParse(word.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number : throw Fail($"'{word}' is not a value that is known here");
    }

    private List<object> List(int depth)
    {
        List<object> list = [];
        Expect('[');
        for (SkipBlank(); !Take(']'); SkipBlank())
        {
            list.Add(Value(depth + 1));
            SkipBlank();
            if (!Take(',') && Peek != ']') throw Fail("a comma or ] is missing");
        }
        return list;
    }

    private TomlTable Inline(int depth)
    {
        TomlTable table = new(document);
        Expect('{');
        SkipSpace();
        if (Take('}')) return table;
        do Entry(table, depth + 1);
        while (Take(','));
        Expect('}');
        return table;
    }

    private string QuotedText()
    {
        char quote = text[at++];
        if (Peek == quote && at + 1 < text.Length && text[at + 1] == quote) throw Fail("strings of many lines are not supported");
        StringBuilder result = new();
        while (Peek != quote)
        {
            if (Peek is '\0' or '\n') throw Fail("the string does not end");
            char c = text[at++];
            if (c == '\\' && quote == '"') Escape(result);
            else result.Append(c);
        }
        at++;
        return result.ToString();
    }

    private void Escape(StringBuilder result)
    {
        char c = Peek;
        at++;
        int digits = c switch { 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            int known = "btnfr\"\\".IndexOf(c, StringComparison.Ordinal);
            result.Append(known >= 0 ? "\b\t\n\f\r\"\\"[known] : throw Fail("the escape is not known"));
            return;
        }
        if (at + digits > text.Length || !int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || !Rune.IsValid(code))
            throw Fail("the escape is not a character");
        at += digits;
        result.Append(new Rune(code));
    }

    private char Peek => at < text.Length ? text[at] : '\0';

    private bool Take(char c)
    {
        SkipSpace();
        if (Peek != c || at >= text.Length) return false;
        at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!Take(c)) throw Fail($"{c} is missing");
    }

    private void SkipSpace()
    {
        while (Peek is ' ' or '\t') at++;
    }

    /// <summary>Skips white space, line ends and comments.</summary>
    private void SkipBlank()
    {
        for (; at < text.Length; at++)
        {
            if (text[at] == '#') SkipComment();
            if (at >= text.Length || text[at] is not (' ' or '\t' or '\r' or '\n')) return;
            if (text[at] == '\n') line++;
        }
    }

    private void SkipComment()
    {
        while (at < text.Length && text[at] != '\n') at++;
    }

    private void EndLine()
    {
        SkipSpace();
        if (Peek == '#') SkipComment();
        if (at < text.Length && Peek is not ('\n' or '\r')) throw Fail("the line does not end here");
    }

    private KeelsonException Fail(string problem) => new(ErrorKind.InvalidArgument, $"read {document}: line {line}: {problem}");
}
