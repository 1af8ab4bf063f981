using Keelson.Registry.Auth;

namespace Keelson.Registry.Upstream;

/// <summary>Which tags a rule is about.</summary>
internal sealed class TagFilter(SyncRule rule)
{
    /// <summary>Whether a tag is copied.</summary>
    public bool Takes(string tag) =>
        (rule.Tags.Count == 0 || rule.Tags.Any(pattern => Wildcards.Match(pattern, tag))) && !rule.ExcludedTags.Any(pattern => Wildcards.Match(pattern, tag)) && (!rule.OnlyVersions || IsVersion(tag));

    /// <summary>Whether a tag is a version. Semantic Versioning 2.0; a <c>v</c> may stand before it, and builds, whose <c>+</c> no tag has, are none.</summary>
    public static bool IsVersion(ReadOnlySpan<char> tag)
    {
        if (tag.StartsWith('v')) tag = tag[1..];
        int dash = tag.IndexOf('-');
        ReadOnlySpan<char> core = dash < 0 ? tag : tag[..dash];
        int numbers = 0;
        foreach (Range part in core.Split('.'))
        {
            if (!IsNumber(core[part])) return false;
            numbers++;
        }
        if (numbers != 3) return false;
        if (dash < 0) return true;
        ReadOnlySpan<char> before = tag[(dash + 1)..];
        foreach (Range part in before.Split('.'))
        {
            ReadOnlySpan<char> word = before[part];
            bool isWord = word.Length > 0 && word.IndexOfAnyExceptInRange('0', '9') is var at && (at < 0 ? IsNumber(word) : IsWord(word));
            if (!isWord) return false;
        }
        return true;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0 && (text.Length == 1 || text[0] != '0');

    private static bool IsWord(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        return true;
    }
}
