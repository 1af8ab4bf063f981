namespace Keelson.Build;

/// <summary>Which files of a context stay out: <c>.dockerignore</c>. The last pattern that covers a path decides.</summary>
public sealed class IgnoreList
{
    /// <summary>Most patterns of a file.</summary>
    private const int MostPatterns = 10_000;

    private readonly List<(PathPattern Pattern, string Text, bool Keeps)> patterns = [];

    /// <summary>Keeps everything.</summary>
    public static IgnoreList Empty { get; } = new();

    /// <summary>Whether some pattern takes files back in, so that what is below a directory that is out has to be looked at.</summary>
    public bool HasExceptions { get; private set; }

    /// <summary>Reads a file's text: a pattern a line, <c>#</c> begins a comment, <c>!</c> takes back.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a pattern is malformed, or there are too many.</exception>
    public static IgnoreList Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        IgnoreList list = new();
        foreach (string line in (text.StartsWith('\uFEFF') ? text[1..] : text).Split('\n'))
            if (!line.StartsWith('#')) list.Add(line.Trim());
        return list;
    }

    /// <summary>Reads patterns.</summary>
    /// <inheritdoc cref="Parse" path="/exception"/>
    public static IgnoreList Of(IEnumerable<string> lines)
    {
        IgnoreList list = new();
        foreach (string line in lines) list.Add(line.Trim());
        return list;
    }

    /// <summary>Whether a path, or a directory that it is in, stays out.</summary>
    /// <param name="path">The path below the context, with slashes, none at its ends.</param>
    public bool Excludes(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool isOut = false;
        foreach ((PathPattern pattern, _, bool keeps) in patterns)
            // A pattern that would change nothing is not asked.
            if (keeps == isOut && pattern.MatchesOrHolds(path)) isOut = !keeps;
        return isOut;
    }

    /// <summary>Whether something below a directory that is out may be in all the same.</summary>
    public bool MayKeepBelow(string directory) => HasExceptions && patterns.Any(pattern => pattern.Keeps && (pattern.Text + "/").StartsWith(directory + "/", StringComparison.Ordinal) || pattern.Keeps && pattern.Text.AsSpan().IndexOfAny("*?[\\") >= 0);

    private void Add(string line)
    {
        bool keeps = line.StartsWith('!');
        string text = keeps ? line[1..].Trim() : line;
        if (text.Length == 0)
        {
            if (keeps) throw new KeelsonException(ErrorKind.InvalidArgument, "illegal exclusion pattern: \"!\"");
            return;
        }
        text = Clean(text);
        if (text.Length == 0) return;
        if (patterns.Count == MostPatterns) throw new KeelsonException(ErrorKind.InvalidArgument, $"there are more than {MostPatterns} patterns of files to leave out");
        HasExceptions |= keeps;
        patterns.Add((PathPattern.Parse(text, hasAnyDepth: true), text, keeps));
    }

    /// <summary>A pattern without empty components, <c>.</c> and <c>..</c>, as paths are compared with it.</summary>
    private static string Clean(string text)
    {
        List<string> parts = [];
        foreach (string part in text.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part == ".." && parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }
        return string.Join('/', parts);
    }
}
