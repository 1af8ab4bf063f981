using System.Text;
using System.Text.RegularExpressions;

namespace Keelson.Build;

/// <summary>A pattern for paths: <c>*</c> and <c>?</c> and <c>[a-z]</c> cover no slash, <c>\</c> takes the next character as it is. Go's <c>filepath.Match</c>.</summary>
internal sealed class PathPattern
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int LimitCharacters = 4096;

    private readonly Regex regex;

    private PathPattern(Regex regex) => this.regex = regex;

    /// <summary>Whether a text has a character that means more than itself.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny("*?[\\") >= 0;

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="hasAnyDepth">Whether <c>**</c> covers any number of directories, as in .dockerignore.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a bracket or an escape has no end.</exception>
    public static PathPattern Parse(string pattern, bool hasAnyDepth)
    {
        if (pattern.Length > LimitCharacters) throw Bad(pattern[..32], $"is longer than {LimitCharacters} characters");
        StringBuilder text = new("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '*' && hasAnyDepth && i + 1 < pattern.Length && pattern[i + 1] == '*')
            {
                i++;
                // A slash behind it is part of it, for it covers no directory, too.
                if (i + 1 < pattern.Length && pattern[i + 1] == '/') i++;
                text.Append(i + 1 == pattern.Length ? ".*" : "(?:.*/)?");
            }
            else if (c == '*') text.Append("[^/]*");
            else if (c == '?') text.Append("[^/]");
            else if (c == '[') i = Class(pattern, i, text);
            else
            {
                if (c == '\\' && ++i == pattern.Length) throw Bad(pattern, "ends with an escape");
                text.Append(Regex.Escape(pattern[i].ToString()));
            }
        }
        return new(new(text.Append("\\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline));
    }

    /// <summary>Whether it covers all of a path.</summary>
    public bool Matches(string path) => regex.IsMatch(path);

    private static int Class(string pattern, int at, StringBuilder text)
    {
        at++;
        bool isNegated = at < pattern.Length && pattern[at] == '^';
        if (isNegated) at++;
        StringBuilder set = new();
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
            // An empty range covers nothing.
            if (low <= high) set.Append(Escaped(low)).Append('-').Append(Escaped(high));
        }
        if (set.Length == 0) text.Append(isNegated ? "[^/]" : "(?!)");
        else text.Append(isNegated ? "[^/" : "[").Append(set).Append(']');
        return at;
    }

    private static char Character(string pattern, ref int at)
    {
        if (at >= pattern.Length || pattern[at] is '-' or ']') throw Bad(pattern, "has a bracket that is malformed");
        if (pattern[at] == '\\' && ++at >= pattern.Length) throw Bad(pattern, "ends with an escape");
        return pattern[at++];
    }

    private static string Escaped(char c) => c is '\\' or '[' or ']' or '^' or '-' ? "\\" + c : c.ToString();

    private static KeelsonException Bad(string pattern, string cause) => new(ErrorKind.InvalidArgument, $"syntax error in pattern {GoText.Quote(pattern)}: it {cause}");
}
