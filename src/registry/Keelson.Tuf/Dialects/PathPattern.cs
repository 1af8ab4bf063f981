namespace Keelson.Tuf;

/// <summary>Patterns of paths as a shell has them; no wildcard stands for a slash. TUF 1.0 section 4.5, PATHPATTERN.</summary>
internal static class PathPattern
{
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> path)
    {
        while (true)
        {
            int patternEnd = pattern.IndexOf('/'), pathEnd = path.IndexOf('/');
            if (patternEnd < 0 != pathEnd < 0) return false;
            if (patternEnd < 0) return MatchesSegment(pattern, path);
            if (!MatchesSegment(pattern[..patternEnd], path[..pathEnd])) return false;
            pattern = pattern[(patternEnd + 1)..];
            path = path[(pathEnd + 1)..];
        }
    }

    /// <summary>One segment. Only the last star is ever tried again, so the time is bounded by the product of the lengths.</summary>
    private static bool MatchesSegment(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, retry = 0;
        while (t < text.Length)
        {
            int next = p;
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, ref next, text[t]))
            {
                p = next;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++retry;
            }
            else return false;
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }

    /// <summary>Whether the item at <paramref name="at"/> (a character, <c>?</c> or <c>[...]</c>) holds a character; moves behind the item.</summary>
    private static bool MatchesOne(ReadOnlySpan<char> pattern, ref int at, char c)
    {
        char first = pattern[at++];
        if (first == '?') return true;
        if (first != '[') return first == c;
        bool isNegated = at < pattern.Length && pattern[at] == '!';
        int start = isNegated ? at + 1 : at;
        // A closing bracket that stands first is a member; a bracket that nothing closes is a character.
        int length = start < pattern.Length ? pattern[(start + 1)..].IndexOf(']') : -1;
        if (length < 0) return c == '[';
        ReadOnlySpan<char> members = pattern.Slice(start, length + 1);
        at = start + length + 2;
        bool isMember = false;
        for (int i = 0; i < members.Length; i++)
        {
            if (i + 2 < members.Length && members[i + 1] == '-')
            {
                isMember |= c >= members[i] && c <= members[i + 2];
                i += 2;
            }
            else isMember |= members[i] == c;
        }
        return isMember != isNegated;
    }
}
