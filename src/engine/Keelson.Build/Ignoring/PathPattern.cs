namespace Keelson.Build;

/// <summary>A pattern for paths: <c>*</c> and <c>?</c> and <c>[a-z]</c> cover no slash, <c>\</c> takes the next character as it is. Go's <c>filepath.Match</c>.</summary>
/// <remarks>All ways through the pattern are gone at once, a bit a place in the path, so no pattern takes longer than its length times that of the path.</remarks>
internal sealed class PathPattern
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int LimitCharacters = 4096;

    private readonly List<Part> parts = [];

    private PathPattern()
    {
    }

    private enum Kind
    {
        Character,
        AnyOne,
        Class,
        Star,
        AnyDirectories,
        Everything,
    }

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="hasAnyDepth">Whether <c>**</c> covers any number of directories, as in .dockerignore.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a bracket or an escape has no end.</exception>
    public static PathPattern Parse(string pattern, bool hasAnyDepth)
    {
        if (pattern.Length > LimitCharacters) throw Bad(pattern[..32], $"is longer than {LimitCharacters} characters");
        PathPattern result = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '*' && hasAnyDepth && i + 1 < pattern.Length && pattern[i + 1] == '*')
            {
                i++;
                // A slash behind it is part of it, for it covers no directory, too.
                if (i + 1 < pattern.Length && pattern[i + 1] == '/') i++;
                result.parts.Add(new(i + 1 == pattern.Length ? Kind.Everything : Kind.AnyDirectories));
            }
            else if (c == '*') result.parts.Add(new(Kind.Star));
            else if (c == '?') result.parts.Add(new(Kind.AnyOne));
            else if (c == '[') result.parts.Add(Class(pattern, ref i));
            else
            {
                if (c == '\\' && ++i == pattern.Length) throw Bad(pattern, "ends with an escape");
                result.parts.Add(new(Kind.Character) { Character = pattern[i] });
            }
        }
        return result;
    }

    /// <summary>Whether it covers all of a path.</summary>
    public bool Matches(ReadOnlySpan<char> path) => Run(path)[path.Length];

    /// <summary>Whether it covers all of a path, or a directory that it is in.</summary>
    public bool MatchesOrHolds(ReadOnlySpan<char> path)
    {
        bool[] ends = Run(path);
        for (int i = 1; i < path.Length; i++)
            if (ends[i] && path[i] == '/') return true;
        return ends[path.Length];
    }

    /// <summary>Where the pattern can end.</summary>
    private bool[] Run(ReadOnlySpan<char> path)
    {
        bool[] here = new bool[path.Length + 1], next = new bool[path.Length + 1];
        here[0] = true;
        foreach (Part part in parts)
        {
            Array.Clear(next);
            Step(part, path, here, next);
            (here, next) = (next, here);
        }
        return here;
    }

    private static void Step(Part part, ReadOnlySpan<char> path, bool[] here, bool[] next)
    {
        bool wasHere = false;
        for (int i = 0; i <= path.Length; i++)
        {
            switch (part.Kind)
            {
                case Kind.Star:
                    next[i] = here[i] || i > 0 && next[i - 1] && path[i - 1] != '/';
                    break;
                case Kind.Everything:
                    next[i] = wasHere |= here[i];
                    break;
                case Kind.AnyDirectories:
                    next[i] = here[i] || wasHere && path[i - 1] == '/';
                    wasHere |= here[i];
                    break;
                default:
                    if (here[i] && i < path.Length && part.Covers(path[i])) next[i + 1] = true;
                    break;
            }
        }
    }

    private static Part Class(string pattern, ref int at)
    {
        at++;
        bool isNegated = at < pattern.Length && pattern[at] == '^';
        if (isNegated) at++;
        List<(char Low, char High)> ranges = [];
        for (int count = 0; ; count++)
        {
            if (at >= pattern.Length) throw Bad(pattern, "has a bracket without an end");
            if (pattern[at] == ']' && count > 0) break;
            char low = Character(pattern, ref at), high = low;
            if (at < pattern.Length && pattern[at] == '-')
            {
                at++;
                high = Character(pattern, ref at);
            }
            ranges.Add((low, high));
        }
        return new(Kind.Class) { IsNegated = isNegated, Ranges = ranges };
    }

    private static char Character(string pattern, ref int at)
    {
        if (at >= pattern.Length || pattern[at] is '-' or ']') throw Bad(pattern, "has a bracket that is malformed");
        if (pattern[at] == '\\' && ++at >= pattern.Length) throw Bad(pattern, "ends with an escape");
        return pattern[at++];
    }

    private static KeelsonException Bad(string pattern, string cause) => new(ErrorKind.InvalidArgument, $"syntax error in pattern {GoText.Quote(pattern)}: it {cause}");

    private sealed record Part(Kind Kind)
    {
        public char Character { get; init; }

        public bool IsNegated { get; init; }

        public IReadOnlyList<(char Low, char High)> Ranges { get; init; } = [];

        /// <summary>Whether one character is covered.</summary>
        public bool Covers(char c) => Kind switch
        {
            Kind.Character => c == Character,
            Kind.AnyOne => c != '/',
            _ => c != '/' && Ranges.Any(range => c >= range.Low && c <= range.High) != IsNegated,
        };
    }
}
