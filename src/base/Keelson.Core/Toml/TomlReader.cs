using System.Globalization;
using System.Text;

namespace Keelson.Toml;

/// <summary>Reads TOML 1.0 without dates and strings of several lines, neither of which the configurations of this field have.</summary>
/// <remarks>What it does not read is an error that names the line, never passed over.</remarks>
/// <param name="name">What the document is, for messages: <c>configuration /etc/keelson/config.toml</c>.</param>
/// <param name="text">The document.</param>
public sealed class TomlReader(string name, string text)
{
    /// <summary>Longest document that is worth reading, in bytes: 1 MiB.</summary>
    public const int LimitBytes = 1 << 20;

    /// <summary>Values within values at most.</summary>
    private const int DepthLimit = 32;

    private readonly HashSet<OrderedDictionary<string, TomlValue>> closed = [];
    private readonly HashSet<List<TomlValue>> arrays = [];
    private int at, line = 1;

    /// <summary>The document as a table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is malformed; the message names file and line.</exception>
    public TomlValue Read()
    {
        TomlValue root = TomlValue.NewTable(1);
        TomlValue current = root;
        HashSet<OrderedDictionary<string, TomlValue>> opened = [];
        for (SkipLines(); at < text.Length; SkipLines())
        {
            if (TryTake('['))
            {
                bool isElement = TryTakeNow('[');
                List<string> key = Key();
                current = isElement ? Append(root, key) : Open(root, key);
                Expect(']');
                if (isElement && !TryTakeNow(']')) throw Fault("expected ]]");
                if (!opened.Add(current.Table!)) throw Fault("the table is there already");
            }
            else
            {
                Assign(current, 0);
            }
            EndLine();
        }
        return root;
    }

    private void Assign(TomlValue table, int depth)
    {
        int start = line;
        List<string> key = Key();
        Expect('=');
        TomlValue target = Open(table, key[..^1]);
        if (!target.Table!.TryAdd(key[^1], Value(depth) with { Line = start })) throw Fault($"'{key[^1]}' is there already: no key may appear twice");
    }

    /// <summary>Adds a table to an array of tables, which is made by the first one.</summary>
    private TomlValue Append(TomlValue root, List<string> path)
    {
        OrderedDictionary<string, TomlValue> parent = Open(root, path[..^1]).Table!;
        if (!parent.TryGetValue(path[^1], out TomlValue? array))
        {
            List<TomlValue> elements = [];
            arrays.Add(elements);
            parent.Add(path[^1], array = new(elements, line));
        }
        if (array.Value is not List<TomlValue> list || !arrays.Contains(list)) throw Fault($"'{path[^1]}' is there already and is no array of tables");
        TomlValue added = TomlValue.NewTable(line);
        list.Add(added);
        return added;
    }

    /// <summary>Goes down from a table, and makes the tables on the way. An array of tables stands for its last one.</summary>
    private TomlValue Open(TomlValue table, List<string> path)
    {
        foreach (string part in path)
        {
            if (!table.Table!.TryGetValue(part, out TomlValue? next)) table.Table.Add(part, next = TomlValue.NewTable(line));
            if (next.Value is List<TomlValue> list && arrays.Contains(list)) next = list[^1];
            if (next.Table is null || closed.Contains(next.Table)) throw Fault($"'{part}' is there already and cannot be added to");
            table = next;
        }
        return table;
    }

    private List<string> Key()
    {
        List<string> parts = [];
        do
        {
            SkipSpace();
            if (at < text.Length && text[at] is '"' or '\'')
            {
                parts.Add(Text());
            }
            else
            {
                int start = at;
                while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-')) at++;
                if (at == start) throw Fault("expected a key");
                parts.Add(text[start..at]);
            }
        }
        while (TryTake('.'));
        return parts;
    }

    private TomlValue Value(int depth)
    {
        SkipSpace();
        if (depth > DepthLimit) throw Fault("values are nested too deeply");
        int start = line;
        if (at == text.Length) throw Fault("expected a value");
        switch (text[at])
        {
            case '"' or '\'': return new(Text(), start);
            case '[': return new(Array(depth), start);
            case '{': return InlineTable(depth);
        }
        int from = at;
        while (at < text.Length && text[at] is not (',' or ']' or '}' or '#' or '\n' or '\r' or ' ' or '\t')) at++;
        return new(Scalar(text[from..at]), start);
    }

    private List<TomlValue> Array(int depth)
    {
        List<TomlValue> values = [];
        at++;
        for (SkipLines(); !TryTake(']'); SkipLines())
        {
            values.Add(Value(depth + 1));
            SkipLines();
            if (TryTake(',')) continue;
            Expect(']');
            break;
        }
        return values;
    }

    private TomlValue InlineTable(int depth)
    {
        TomlValue table = TomlValue.NewTable(line);
        at++;
        if (!TryTake('}'))
        {
            do Assign(table, depth + 1);
            while (TryTake(','));
            Expect('}');
        }
        closed.Add(table.Table!);
        return table;
    }

    private object Scalar(string word)
    {
        if (word is "true" or "false") return word == "true";
        string digits = word.Replace("_", "", StringComparison.Ordinal);
        bool hasGoodBars = !word.Contains("__", StringComparison.Ordinal) && !word.StartsWith('_') && !word.EndsWith('_');
        if (hasGoodBars && TryInteger(digits, out long integer)) return integer;
        const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (hasGoodBars && digits.Any(char.IsAsciiDigit) && double.TryParse(digits, Real, CultureInfo.InvariantCulture, out double real)) return real;
        throw Fault($"'{word}' is no string, number or boolean");
    }

    private static bool TryInteger(string digits, out long value)
    {
        if (digits.StartsWith("0x", StringComparison.Ordinal)) return long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (digits.StartsWith("0b", StringComparison.Ordinal)) return long.TryParse(digits.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out value);
        value = 0;
        if (digits.StartsWith("0o", StringComparison.Ordinal))
        {
            if (digits.Length is < 3 or > 22) return false;
            foreach (char c in digits.AsSpan(2))
            {
                if (c is < '0' or > '7') return false;
                value = value * 8 + (c - '0');
            }
            return true;
        }
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private string Text()
    {
        char quote = text[at];
        if (at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote) throw Fault("strings of several lines are not read");
        at++;
        StringBuilder value = new();
        while (true)
        {
            if (at == text.Length || text[at] is '\n' or '\r') throw Fault("a string does not end");
            char c = text[at++];
            if (c == quote) return value.ToString();
            if (c == '\\' && quote == '"') Escape(value);
            else if (c < ' ' && c != '\t') throw Fault("a string holds a control character");
            else value.Append(c);
        }
    }

    private void Escape(StringBuilder value)
    {
        char c = at < text.Length ? text[at++] : '\0';
        switch (c)
        {
            case 'b': value.Append('\b'); return;
            case 't': value.Append('\t'); return;
            case 'n': value.Append('\n'); return;
            case 'f': value.Append('\f'); return;
            case 'r': value.Append('\r'); return;
            case '"' or '\\': value.Append(c); return;
            case 'u' or 'U':
                int length = c == 'u' ? 4 : 8;
                if (at + length <= text.Length && int.TryParse(text.AsSpan(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code))
                {
                    value.Append(new Rune(code).ToString());
                    at += length;
                    return;
                }
                break;
        }
        throw Fault("a string has an unknown escape");
    }

    private void EndLine()
    {
        SkipSpace();
        if (at < text.Length && text[at] is not ('\n' or '\r' or '#')) throw Fault("expected the end of the line");
    }

    private void SkipSpace()
    {
        while (at < text.Length && text[at] is ' ' or '\t') at++;
    }

    /// <summary>Skips space, comments and the ends of lines.</summary>
    private void SkipLines()
    {
        while (at < text.Length)
        {
            if (text[at] == '#') while (at < text.Length && text[at] != '\n') at++;
            else if (text[at] is ' ' or '\t' or '\r') at++;
            else if (text[at] == '\n')
            {
                at++;
                line++;
            }
            else return;
        }
    }

    private bool TryTake(char c)
    {
        SkipSpace();
        if (at == text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    /// <summary>The same where no space may stand before it.</summary>
    private bool TryTakeNow(char c)
    {
        if (at == text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!TryTake(c)) throw Fault($"expected '{c}'");
    }

    private KeelsonException Fault(string message) => new(ErrorKind.InvalidArgument, $"read {name}: line {line}: {message}");
}
