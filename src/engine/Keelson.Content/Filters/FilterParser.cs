using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Keelson.Content;

/// <summary>Reads one filter from left to right.</summary>
internal ref struct FilterParser(string text)
{
    /// <summary>Longest regular expression, in characters.</summary>
    private const int PatternLimitCharacters = 2048;

    /// <summary>The largest product of all counts of a regular expression: <c>(a{9}){9}</c> has 81. Bounds the automaton that is made of it.</summary>
    private const long RepeatLimit = 10_000;

    private int at;

    /// <summary>All selectors; none for an empty filter.</summary>
    public Selector[] Parse()
    {
        if (text.Length > Filter.LimitCharacters) throw new KeelsonException(ErrorKind.InvalidArgument, $"filter: is longer than {Filter.LimitCharacters} characters");
        if (text.Length == 0) return [];
        List<Selector> selectors = [ReadSelector()];
        while (TryTake(',')) selectors.Add(ReadSelector());
        return at == text.Length ? [.. selectors] : throw Fault("expected a comma or the end");
    }

    private Selector ReadSelector()
    {
        List<string> path = [ReadField()];
        while (TryTake('.')) path.Add(ReadField());
        SkipSpace();
        if (at == text.Length || text[at] == ',') return new([.. path], FilterOperator.Present, "", null);
        FilterOperator op = ReadOperator();
        string value = ReadValue(op);
        return new([.. path], op, value, op == FilterOperator.Matches ? Compile(value) : null);
    }

    private string ReadField()
    {
        SkipSpace();
        if (at < text.Length && text[at] == '"') return ReadQuoted();
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-')) at++;
        return at > start ? text[start..at] : throw Fault("expected a field");
    }

    private FilterOperator ReadOperator()
    {
        int start = at;
        while (at < text.Length && text[at] is '=' or '!' or '~') at++;
        return text.AsSpan(start, at - start) switch
        {
            "==" => FilterOperator.Equal,
            "!=" => FilterOperator.NotEqual,
            "~=" => FilterOperator.Matches,
            _ => throw Fault("expected an operator: == != ~="),
        };
    }

    private string ReadValue(FilterOperator op)
    {
        SkipSpace();
        if (at < text.Length && (text[at] == '"' || op == FilterOperator.Matches && text[at] is '/' or '|')) return ReadQuoted();
        int start = at;
        while (at < text.Length && text[at] != ',' && !char.IsWhiteSpace(text[at]))
        {
            if (char.IsControl(text[at])) throw Fault("expected no control character");
            at++;
        }
        return at > start ? text[start..at] : throw Fault("expected a value");
    }

    private string ReadQuoted()
    {
        char quote = text[at++];
        StringBuilder value = new();
        while (true)
        {
            if (at == text.Length || text[at] == '\n') throw Fault("expected the closing quote");
            char c = text[at++];
            if (c == quote) return value.ToString();
            if (c == '\\') ReadEscape(value, quote);
            else value.Append(c);
        }
    }

    private void ReadEscape(StringBuilder value, char quote)
    {
        if (at == text.Length) throw Fault("expected an escape");
        char c = text[at++];
        switch (c)
        {
            case 'a': value.Append('\a'); break;
            case 'b': value.Append('\b'); break;
            case 'f': value.Append('\f'); break;
            case 'n': value.Append('\n'); break;
            case 'r': value.Append('\r'); break;
            case 't': value.Append('\t'); break;
            case 'v': value.Append('\v'); break;
            case 'x': AppendCode(value, 2, 16); break;
            case 'u': AppendCode(value, 4, 16); break;
            case 'U': AppendCode(value, 8, 16); break;
            case >= '0' and <= '7':
                at--;
                AppendCode(value, 3, 8);
                break;
            case '\\': value.Append('\\'); break;
            case var _ when c == quote: value.Append(c); break;
            // A regular expression between / or | keeps escapes of its own.
            case var _ when quote != '"': value.Append('\\').Append(c); break;
            default: throw Fault("expected an escape");
        }
    }

    private void AppendCode(StringBuilder value, int digits, int radix)
    {
        long code = 0;
        for (int i = 0; i < digits; i++)
        {
            int digit = at < text.Length && char.IsAsciiHexDigit(text[at]) ? int.Parse(text.AsSpan(at, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : radix;
            if (digit >= radix) throw Fault($"expected {digits} digits");
            code = code * radix + digit;
            at++;
        }
        if (!Rune.IsValid((int)Math.Min(code, int.MaxValue))) throw Fault("expected a character");
        value.Append(new Rune((int)code).ToString());
    }

    private readonly Regex Compile(string pattern)
    {
        if (pattern.Length > PatternLimitCharacters) throw Fault($"expected a regular expression of at most {PatternLimitCharacters} characters");
        if (Repeats(pattern) > RepeatLimit) throw Fault("expected smaller counts in the regular expression");
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"filter '{Shown()}': its regular expression '{pattern}' is malformed or not of the linear kind", e);
        }
    }

    private static long Repeats(string pattern)
    {
        long product = 1;
        for (int i = pattern.IndexOf('{', StringComparison.Ordinal); i >= 0 && product <= RepeatLimit; i = pattern.IndexOf('{', i + 1))
        {
            long largest = 1, number = 0;
            int end = i + 1;
            for (; end < pattern.Length && (char.IsAsciiDigit(pattern[end]) || pattern[end] == ','); end++)
            {
                number = pattern[end] == ',' ? 0 : Math.Min(number * 10 + pattern[end] - '0', RepeatLimit + 1);
                largest = Math.Max(largest, number);
            }
            if (end < pattern.Length && pattern[end] == '}') product *= largest;
        }
        return product;
    }

    private bool TryTake(char c)
    {
        SkipSpace();
        if (at == text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    private void SkipSpace()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
    }

    private readonly KeelsonException Fault(string expected) => new(ErrorKind.InvalidArgument, $"filter '{Shown()}': {expected} at character {at + 1}");

    private readonly string Shown() => text.Length <= 256 ? text : text[..256] + "...";
}
