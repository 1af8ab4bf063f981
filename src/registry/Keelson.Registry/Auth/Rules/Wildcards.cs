namespace Keelson.Registry.Auth;

/// <summary>Compares a text with a pattern of <c>*</c> and <c>?</c>.</summary>
internal static class Wildcards
{
    /// <summary>Whether the whole text is of the pattern; in time by the product of the lengths at most.</summary>
    public static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, retry = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, retry) = (p++, t);
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t])) (p, t) = (p + 1, t + 1);
            else if (star >= 0) (p, t) = (star + 1, ++retry);
            else return false;
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
