using System.Text;
using System.Text.RegularExpressions;

namespace Keelson.Build;

/// <summary>Makes lines of a Dockerfile's text: directives, comments, continuation. Dockerfile reference "Format", "Parser directives".</summary>
internal sealed partial class DockerfileReader
{
    /// <summary>Longest line that is taken, in characters, as dockerd's.</summary>
    public const int LimitLine = 65535;

    private readonly List<DockerfileLine> lines = [];
    private readonly List<string> warnings = [];
    private bool isLooking = true, isEscapeSeen;

    /// <summary>The character that continues lines and takes the next character's meaning away.</summary>
    public char Escape { get; private set; } = '\\';

    /// <summary>The instructions.</summary>
    public IReadOnlyList<DockerfileLine> Lines => lines;

    /// <summary>What is odd and taken all the same.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Reads a text.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a line is too long, a directive is wrong, a flag has no end, or there is no instruction.</exception>
    public static DockerfileReader Read(string text)
    {
        DockerfileReader reader = new();
        reader.ReadAll(text.StartsWith('\uFEFF') ? text[1..] : text);
        if (reader.lines.Count == 0) throw DockerfileFault.Of("file with no instructions");
        if (reader.warnings.Count > 0) reader.warnings.Add("[WARNING]: Empty continuation lines will become errors in a future release.");
        return reader;
    }

    private void ReadAll(string text)
    {
        int at = 0, number = 0;
        while (TryLine(text, ref at, out ReadOnlySpan<char> raw))
        {
            number++;
            ReadOnlySpan<char> line = raw.TrimStart();
            Direct(line);
            if (line.StartsWith('#')) continue;
            int first = number;
            if (!Continues(ref line))
            {
                Add(first, line.ToString());
                continue;
            }
            StringBuilder joined = new();
            joined.Append(line);
            bool hasEmpty = false, goesOn = true;
            while (goesOn && TryLine(text, ref at, out ReadOnlySpan<char> next))
            {
                number++;
                if (next.TrimStart().StartsWith('#')) continue;
                if (next.IsWhiteSpace())
                {
                    hasEmpty = true;
                    continue;
                }
                goesOn = Continues(ref next);
                joined.Append(next);
            }
            if (hasEmpty) warnings.Add($"[WARNING]: Empty continuation line found in:\n    {joined}");
            Add(first, joined.ToString());
        }
    }

    private static bool TryLine(string text, ref int at, out ReadOnlySpan<char> line)
    {
        line = default;
        if (at >= text.Length) return false;
        int end = text.IndexOf('\n', at);
        line = end < 0 ? text.AsSpan(at) : text.AsSpan(at, end - at);
        at = end < 0 ? text.Length : end + 1;
        if (line.Length > LimitLine) throw DockerfileFault.Of($"dockerfile line greater than max allowed size of {LimitLine}");
        line = line.TrimEnd('\r');
        return true;
    }

    /// <summary>Takes the mark off the end of a line that goes on.</summary>
    private bool Continues(ref ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> cut = line.TrimEnd(" \t");
        // Two of them are one that is escaped.
        if (!cut.EndsWith(Escape) || cut.Length > 1 && cut[^2] == Escape) return false;
        line = cut[..^1];
        return true;
    }

    /// <summary>Heeds a directive, which stands before all else.</summary>
    private void Direct(ReadOnlySpan<char> line)
    {
        if (!isLooking) return;
        Match match = Directive().Match(line.ToString());
        isLooking = match.Success;
        if (!match.Success || !match.Groups["name"].ValueSpan.Equals("escape", StringComparison.OrdinalIgnoreCase)) return;
        if (isEscapeSeen) throw DockerfileFault.Of("only one escape parser directive can be used");
        isEscapeSeen = true;
        string value = match.Groups["value"].Value;
        if (value[0] is not ('`' or '\\')) throw DockerfileFault.Of($"invalid escape token '{value[0]}' does not match ` or \\");
        Escape = value[0];
    }

    private void Add(int number, string text)
    {
        string trimmed = text.Trim();
        if (trimmed.Length == 0) return;
        int end = trimmed.AsSpan().IndexOfAny("\t\v\f\r ");
        string keyword = end < 0 ? trimmed : trimmed[..end], rest = end < 0 ? "" : trimmed[end..].Trim();
        IReadOnlyList<string> flags = Flags(ref rest);
        lines.Add(new(number, text, keyword.ToUpperInvariant(), flags, rest));
    }

    /// <summary>Takes words that begin with two dashes off the front.</summary>
    private List<string> Flags(ref string rest)
    {
        List<string> flags = [];
        while (rest.StartsWith("--", StringComparison.Ordinal))
        {
            StringBuilder word = new();
            int at = 0;
            char quote = '\0';
            for (; at < rest.Length; at++)
            {
                char c = rest[at];
                if (quote == '\0' && char.IsWhiteSpace(c)) break;
                if (c == Escape && quote != '\'')
                {
                    if (++at < rest.Length) word.Append(rest[at]);
                }
                else if (quote == '\0' && (c is '"' or '\'')) quote = c;
                else if (c == quote) quote = '\0';
                else word.Append(c);
            }
            rest = rest[at..].TrimStart();
            if (word.ToString() == "--") return flags;
            flags.Add(word.ToString());
        }
        return flags;
    }

    [GeneratedRegex(@"^#[ \t]*(?<name>[a-zA-Z][a-zA-Z0-9]*)[ \t]*=[ \t]*(?<value>\S.*?)[ \t]*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Directive();
}
