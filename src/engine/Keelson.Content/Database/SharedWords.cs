namespace Keelson.Content;

/// <summary>Texts that come again and again, each kept once. For one thread.</summary>
internal sealed class SharedWords
{
    /// <summary>Most texts. Namespaces, topics and types of events are some dozens; a client that makes up thousands shares nothing for a while.</summary>
    private const int Most = 1024;

    private readonly Dictionary<string, string> words = new(StringComparer.Ordinal);

    /// <summary>An equal text.</summary>
    public string Of(string text)
    {
        if (words.TryGetValue(text, out string? known)) return known;
        if (words.Count == Most) words.Clear();
        words.Add(text, text);
        return text;
    }
}
