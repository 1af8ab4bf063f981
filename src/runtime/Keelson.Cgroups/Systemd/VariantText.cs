using System.Globalization;
using System.Text;
using Keelson.Cgroups.DBus;

namespace Keelson.Cgroups;

/// <summary>Reads values in GVariant's text format, as <c>org.systemd.property.*</c> annotations have them. GLib "GVariant Text Format".</summary>
/// <remarks>Strings, booleans, numbers, type names before a value (<c>uint64 5</c>), arrays, tuples and <c>@type</c> before a value.</remarks>
internal ref struct VariantText
{
    /// <summary>Deepest nesting of arrays and tuples.</summary>
    private const int MaximumDepth = 16;

    private readonly string text;
    private int at;
    private int depth;

    private VariantText(string text) => this.text = text;

    /// <summary>Reads one value.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the text is no value.</exception>
    public static BusVariant Parse(string text)
    {
        VariantText reader = new(text);
        BusVariant value = reader.Value(null);
        reader.Blanks();
        return reader.at == text.Length ? value : throw reader.Wrong("something follows the value");
    }

    private BusVariant Value(string? type)
    {
        Blanks();
        if (at == text.Length) throw Wrong("a value is missing");
        char c = text[at];
        if (c is '\'' or '"') return Text(type ?? "s");
        if (c == '[') return Array(type);
        if (c == '(') return Tuple(type);
        if (c == '@')
        {
            string declared = Word();
            if (type is not null || TypeLength(declared.AsSpan(1)) != declared.Length - 1 || declared.Length == 1) throw Wrong("'@' wants a type");
            return Value(declared[1..]);
        }
        string word = Word();
        return word switch
        {
            "true" or "false" => type is null or "b" ? new("b", word == "true") : throw Wrong($"'{word}' is no {type}"),
            "boolean" => Value("b"),
            "byte" => Value("y"),
            "int16" => Value("n"),
            "uint16" => Value("q"),
            "int32" or "handle" => Value("i"),
            "uint32" => Value("u"),
            "int64" => Value("x"),
            "uint64" => Value("t"),
            "double" => Value("d"),
            "string" => Value("s"),
            "objectpath" => Value("o"),
            "signature" => Value("g"),
            _ => Number(word, type),
        };
    }

    private BusVariant Text(string type)
    {
        if (type is not ("s" or "o" or "g")) throw Wrong($"a text is no {type}");
        char quote = text[at++];
        StringBuilder value = new();
        while (true)
        {
            if (at == text.Length) throw Wrong("a text has no end");
            char c = text[at++];
            if (c == quote) return new(type, value.ToString());
            if (c != '\\')
            {
                value.Append(c);
                continue;
            }
            if (at == text.Length) throw Wrong("a text has no end");
            c = text[at++];
            if (c is 'u' or 'U')
            {
                int digits = c == 'u' ? 4 : 8;
                if (text.Length - at < digits || !int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, null, out int rune) || !Rune.IsValid(rune))
                    throw Wrong("an escape is no character");
                value.Append(new Rune(rune).ToString());
                at += digits;
            }
            else value.Append(c switch { 'a' => '\a', 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', 'v' => '\v', _ => c });
        }
    }

    private BusVariant Array(string? type)
    {
        if (type is not null && type[0] != 'a') throw Wrong($"an array is no {type}");
        string? element = type?[1..];
        List<object> items = Items('[', ']', (_, before) => element ?? (before.Count > 0 ? before[0] : null), out List<string> types);
        foreach (string one in types)
            if (one != (element ??= one))
                throw Wrong("the elements of an array differ in type");
        if (element is null) throw Wrong("an empty array wants a type: @as []");
        if (element != "y") return new("a" + element, items.ToArray());
        byte[] bytes = new byte[items.Count];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)items[i];
        return new("ay", bytes);
    }

    private BusVariant Tuple(string? type)
    {
        List<string> declared = [];
        if (type is not null)
        {
            if (type[0] != '(') throw Wrong($"a tuple is no {type}");
            for (ReadOnlySpan<char> rest = type.AsSpan(1, type.Length - 2); !rest.IsEmpty;)
            {
                int length = MessageWriter.TypeLength(rest);
                declared.Add(rest[..length].ToString());
                rest = rest[length..];
            }
        }
        List<object> items = Items('(', ')', (i, _) => type is null ? null : i < declared.Count ? declared[i] : "", out List<string> types);
        if (items.Count == 0 || (type is not null && items.Count != declared.Count)) throw Wrong("a tuple has another number of values");
        return new("(" + string.Concat(types) + ")", items.ToArray());
    }

    private List<object> Items(char open, char close, Func<int, List<string>, string?> typeOf, out List<string> types)
    {
        if (++depth > MaximumDepth) throw Wrong("it is nested too deeply");
        List<object> items = [];
        types = [];
        at++;
        while (true)
        {
            Blanks();
            if (at < text.Length && text[at] == close) break;
            if (items.Count > 0 && (at == text.Length || text[at++] != ',')) throw Wrong($"'{open}' has no end");
            Blanks();
            // A tuple of one value has a comma behind it.
            if (items.Count > 0 && at < text.Length && text[at] == close) break;
            BusVariant item = Value(typeOf(items.Count, types));
            items.Add(item.Value);
            types.Add(item.Signature);
        }
        at++;
        depth--;
        return items;
    }

    private BusVariant Number(string word, string? type)
    {
        if (word.Length == 0) throw Wrong("a value is missing");
        bool negative = word[0] == '-';
        ReadOnlySpan<char> digits = word.AsSpan(negative || word[0] == '+' ? 1 : 0);
        bool hex = digits.StartsWith("0x", StringComparison.Ordinal);
        bool isWhole = hex ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, null, out ulong whole) : ulong.TryParse(digits, NumberStyles.None, null, out whole);
        if (type is "d" || (type is null && !isWhole))
            return !hex && double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && (type == "d" || word.AsSpan().ContainsAny('.', 'e'))
                ? new("d", real)
                : throw Wrong($"'{word}' is no value");
        if (!isWhole) throw Wrong($"'{word}' is no number");
        object? value = (type ?? "i") switch
        {
            "y" when !negative && whole <= byte.MaxValue => (byte)whole,
            "q" when !negative && whole <= ushort.MaxValue => (ushort)whole,
            "u" when !negative && whole <= uint.MaxValue => (uint)whole,
            "t" when !negative => whole,
            "n" when Fits(whole, negative, 1UL << 15) => (short)Signed(whole, negative),
            "i" when Fits(whole, negative, 1UL << 31) => (int)Signed(whole, negative),
            "x" when Fits(whole, negative, 1UL << 63) => Signed(whole, negative),
            _ => null,
        };
        return value is null ? throw Wrong($"'{word}' is no {type ?? "i"}") : new(type ?? "i", value);
    }

    private static bool Fits(ulong whole, bool negative, ulong half) => negative ? whole <= half : whole < half;

    private static long Signed(ulong whole, bool negative) => unchecked((long)(negative ? 0 - whole : whole));

    /// <summary>Length of the type that a signature begins with; 0 when it begins with none that can be written here.</summary>
    private static int TypeLength(ReadOnlySpan<char> signature, int depth = 0)
    {
        if (signature.IsEmpty || depth > MaximumDepth) return 0;
        if (signature[0] == 'a') return TypeLength(signature[1..], depth + 1) is > 0 and var length ? length + 1 : 0;
        if (signature[0] != '(') return "ybnqiuxtdsog".Contains(signature[0]) ? 1 : 0;
        int at = 1;
        while (at < signature.Length && signature[at] != ')')
        {
            int length = TypeLength(signature[at..], depth + 1);
            if (length == 0) return 0;
            at += length;
        }
        return at < signature.Length && at > 1 ? at + 1 : 0;
    }

    private string Word()
    {
        int start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && (text[at] is not (',' or ']' or ')' or '[' or '(' or '\'' or '"') || (text[start] == '@' && text[at] is '(' or ')'))) at++;
        return text[start..at];
    }

    private void Blanks()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
    }

    private readonly KeelsonException Wrong(string why) => new(ErrorKind.InvalidArgument, $"value '{text}': {why}");
}
