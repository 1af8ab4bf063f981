using System.Text;
using System.Text.Json;

namespace Keelson.Build;

/// <summary>The forms that arguments of instructions have.</summary>
/// <param name="escape">The file's escape character.</param>
internal sealed class ArgumentText(char escape)
{
    /// <summary>A JSON list of strings.</summary>
    /// <returns><see langword="null"/> when the text is none, and so has another form.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: it is a list of something else.</exception>
    public static IReadOnlyList<string>? List(string text)
    {
        if (!text.StartsWith('[')) return null;
        List<string> words = [];
        bool isMixed = false;
        try
        {
            // What stands behind the list does not count, as with Go's decoder.
            Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text), isFinalBlock: true, new JsonReaderState(new() { MaxDepth = 64 }));
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.String) words.Add(reader.GetString()!);
                else
                {
                    isMixed = true;
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
        return isMixed ? throw DockerfileFault.Of("when using JSON array syntax, arrays must be comprised of strings only") : words;
    }

    /// <summary>Words between white space; quotes mean nothing.</summary>
    public static IReadOnlyList<string> Split(string text) => text.Split((char[])[' ', '\t', '\v', '\f', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A JSON list, or words between white space.</summary>
    public static IReadOnlyList<string> ListOrSplit(string text) => List(text) ?? Split(text);

    /// <summary>Words of a shell, quotes and escapes still in them.</summary>
    public IReadOnlyList<string> Words(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        char quote = '\0';
        bool isWord = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord) words.Add(word.ToString());
                word.Clear();
                isWord = false;
                continue;
            }
            isWord = true;
            if (quote == '\0' && (c is '"' or '\'')) quote = c;
            else if (c == quote) quote = '\0';
            if (c == escape && quote != '\'')
            {
                // At the very end it escapes nothing and is dropped.
                if (++i == text.Length) break;
                word.Append(c);
                c = text[i];
            }
            word.Append(c);
        }
        if (isWord && word.Length > 0) words.Add(word.ToString());
        return words;
    }

    /// <summary><c>a=b c=d</c>, or one pair as <c>a b</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another form.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs(string keyword, string text)
    {
        IReadOnlyList<string> words = Words(text);
        if (words.Count == 0) return [];
        if (!words[0].Contains('=', StringComparison.Ordinal))
        {
            int end = text.AsSpan().IndexOfAny(" \t\v\f\r");
            return end < 0 ? throw DockerfileFault.Of($"{keyword} must have two arguments") : [new(text[..end], text[end..].TrimStart())];
        }
        List<KeyValuePair<string, string>> pairs = [];
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw DockerfileFault.Of($"Syntax error - can't find = in {GoText.Quote(word)}. Must be of the form: name=value");
            pairs.Add(new(word[..equals], word[(equals + 1)..]));
        }
        return pairs;
    }
}
