using System.Text;

namespace Keelson.Build;

/// <summary>Takes quotes and escapes away, and puts variables' values in. Dockerfile reference "Environment replacement".</summary>
/// <param name="escape">The file's escape character.</param>
internal sealed class WordExpander(char escape)
{
    /// <summary>Deepest nesting of <c>${a:-${b:-…}}</c>: nobody writes more, and each level takes stack.</summary>
    private const int MostNested = 64;

    /// <summary>Longest result, in characters: values that name values may not grow without end.</summary>
    private const int LimitResult = 1 << 20;

    /// <summary>Expands one word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="variables"><c>NAME=value</c>; the first of a name counts.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a quote or brace has no end, or a value that must be there is not.</exception>
    public string Expand(string word, IReadOnlyList<string> variables) => new Run(word, escape, variables, null).All();

    /// <summary>Expands one word to any number of them: white space outside of quotes, also of values, parts them.</summary>
    /// <inheritdoc cref="Expand"/>
    public IReadOnlyList<string> ExpandToWords(string word, IReadOnlyList<string> variables)
    {
        WordSplitter words = new();
        new Run(word, escape, variables, words).All();
        return words.Finish();
    }

    private sealed class Run(string word, char escape, IReadOnlyList<string> variables, WordSplitter? words)
    {
        private int at, depth;

        public string All()
        {
            try
            {
                return Until('\0');
            }
            catch (FormatException e)
            {
                throw new KeelsonException(ErrorKind.InvalidArgument, $"failed to process {GoText.Quote(word)}: {e.Message}");
            }
        }

        /// <summary>Expands to the end, or to a character, which is passed over.</summary>
        private string Until(char stop)
        {
            if (++depth > MostNested) throw new FormatException("syntax error: nested too deeply");
            StringBuilder result = new();
            while (at < word.Length)
            {
                if (result.Length > LimitResult) throw new FormatException($"the result is longer than {LimitResult} characters");
                char c = word[at];
                if (c == stop && stop != '\0')
                {
                    at++;
                    depth--;
                    return result.ToString();
                }
                if (c == '\'') Add(result, SingleQuoted(), isRaw: true);
                else if (c == '"') Add(result, DoubleQuoted(), isRaw: true);
                else if (c == '$') Add(result, Dollar(), isRaw: false);
                else if (c == escape)
                {
                    at++;
                    if (at == word.Length) break;
                    Add(result, word[at++].ToString(), isRaw: true);
                }
                else
                {
                    at++;
                    Add(result, c.ToString(), isRaw: false);
                }
            }
            if (stop != '\0') throw new FormatException($"unexpected end of statement while looking for matching {stop}");
            depth--;
            return result.ToString();
        }

        private void Add(StringBuilder result, string text, bool isRaw)
        {
            result.Append(text);
            // Inside of braces the words are those of the value that comes of it.
            if (depth > 1 || words is null) return;
            if (isRaw) words.AddRaw(text);
            else words.Add(text);
        }

        private string SingleQuoted()
        {
            int end = word.IndexOf('\'', at + 1);
            if (end < 0) throw new FormatException("unexpected end of statement while looking for matching single-quote");
            string text = word[(at + 1)..end];
            at = end + 1;
            return text;
        }

        private string DoubleQuoted()
        {
            StringBuilder result = new();
            at++;
            while (at < word.Length)
            {
                char c = word[at];
                if (c == '"')
                {
                    at++;
                    return result.ToString();
                }
                if (c == '$')
                {
                    result.Append(Dollar());
                    continue;
                }
                at++;
                if (c == escape)
                {
                    if (at == word.Length) continue;
                    if (word[at] == '"' || word[at] == '$' || word[at] == escape) c = word[at++];
                }
                result.Append(c);
            }
            throw new FormatException("unexpected end of statement while looking for matching double-quote");
        }

        private string Dollar()
        {
            at++;
            if (at == word.Length || word[at] != '{')
            {
                string plain = Name();
                return plain.Length == 0 ? "$" : Value(plain) ?? "";
            }
            at++;
            if (at == word.Length) throw new FormatException("syntax error: missing '}'");
            if (word[at] is '{' or '}' or ':') throw new FormatException("syntax error: bad substitution");
            string name = Name();
            char next = at < word.Length ? word[at++] : '\0';
            if (next == '}') return Value(name) ?? "";
            if (next == '?')
            {
                string message = Substitute();
                return Value(name) ?? throw new FormatException($"{name}: {(message.Length > 0 ? message : "is not allowed to be unset")}");
            }
            if (next != ':') throw new FormatException("missing ':' in substitution");
            char modifier = at < word.Length ? word[at++] : '\0';
            string text = Substitute(), value = Value(name) ?? "";
            return modifier switch
            {
                '+' => value.Length > 0 ? text : "",
                '-' => value.Length > 0 ? value : text,
                '?' => value.Length > 0 ? value : throw new FormatException($"{name}: {(text.Length > 0 ? text : "is not allowed to be empty")}"),
                _ => throw new FormatException($"unsupported modifier ({modifier}) in substitution"),
            };
        }

        private string Substitute()
        {
            try
            {
                return Until('}');
            }
            catch (FormatException e) when (at >= word.Length && e.Message.EndsWith('}'))
            {
                throw new FormatException("syntax error: missing '}'");
            }
        }

        private string Name()
        {
            int start = at;
            if (at < word.Length && char.IsAsciiDigit(word[at]))
            {
                while (at < word.Length && char.IsAsciiDigit(word[at])) at++;
                return word[start..at];
            }
            if (at < word.Length && word[at] is '@' or '*' or '#' or '$' or '?' or '-' or '!') return word[at++].ToString();
            while (at < word.Length && (char.IsLetterOrDigit(word[at]) || word[at] == '_')) at++;
            return word[start..at];
        }

        private string? Value(string name)
        {
            foreach (string variable in variables)
            {
                int equals = variable.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 ? variable == name : equals == name.Length && variable.StartsWith(name, StringComparison.Ordinal)) return equals < 0 ? "" : variable[(equals + 1)..];
            }
            return null;
        }
    }
}
