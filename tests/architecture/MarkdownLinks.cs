using System.Text;
using System.Text.RegularExpressions;

namespace Keelson.Architecture.Tests;

/// <summary>Links of Markdown pages to files and headings of the same repository.</summary>
internal static partial class MarkdownLinks
{
    /// <summary>The links of one page that lead nowhere.</summary>
    /// <param name="root">Folder that no link may leave.</param>
    /// <param name="page">The page, relative to <paramref name="root"/>.</param>
    public static List<string> Broken(string root, string page)
    {
        List<string> broken = [];
        string text = WithoutCode(File.ReadAllText(Path.Combine(root, page)));
        foreach (Match match in Link().Matches(text))
        {
            string target = match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value;
            if (Scheme().IsMatch(target)) continue;
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? page : Path.GetRelativePath(root, Path.GetFullPath(Path.Combine(root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0]))));
            string full = Path.Combine(root, file);
            if (parts[0].StartsWith('/') || file.StartsWith("..", StringComparison.Ordinal)) broken.Add($"{page}: {target} leaves the repository");
            else if (!File.Exists(full) && !Directory.Exists(full)) broken.Add($"{page}: {target} does not exist");
            else if (parts.Length == 2 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(File.ReadAllText(full)).Contains(parts[1]))
                broken.Add($"{page}: {target} is no heading");
        }
        return broken;
    }

    /// <summary>The names that headings of a page can be linked by, as GitHub makes them.</summary>
    public static HashSet<string> Anchors(string markdown)
    {
        HashSet<string> anchors = new(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(WithoutFences(markdown)))
        {
            string slug = Slug(heading.Groups[1].Value);
            string unique = slug;
            for (int i = 1; !anchors.Add(unique); i++) unique = $"{slug}-{i}";
        }
        foreach (Match anchor in Named().Matches(markdown)) anchors.Add(anchor.Groups[1].Value);
        return anchors;
    }

    private static string Slug(string heading)
    {
        StringBuilder slug = new();
        foreach (char c in LinkText().Replace(heading, "$1").Trim())
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '_') slug.Append(char.ToLowerInvariant(c));
            else if (c == ' ') slug.Append('-');
        }
        return slug.ToString();
    }

    private static string WithoutCode(string markdown) => InlineCode().Replace(WithoutFences(markdown), "code");

    private static string WithoutFences(string markdown) => Fence().Replace(markdown, "");

    [GeneratedRegex(@"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\))?)>?(?:\s+""[^""]*"")?\s*\)|^\[[^\]]+\]:\s*(\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*:", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^#{1,6} +(.+?) *#*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"<a (?:id|name)=""([^""]+)""")]
    private static partial Regex Named();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex(@"^ *(```|~~~).*?^ *\1[^\n]*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex InlineCode();
}
