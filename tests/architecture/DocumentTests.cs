namespace Keelson.Architecture.Tests;

public class DocumentTests
{
    [Fact]
    public void Every_link_in_a_page_leads_somewhere()
    {
        string[] pages = [.. SourceTree.Files.Where(path => path.EndsWith(".md", StringComparison.Ordinal))];
        Assert.Contains("docs/STYLE.md", pages);
        Faults.None(pages.SelectMany(page => MarkdownLinks.Broken(Repository.Root, page)));
    }

    [Fact]
    public void Broken_links_are_reported_and_good_ones_are_not()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("keelson-links-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "other.md"), "# One start, from `clone` to exec\n## Twice\n## Twice\n```\n# not a heading\n```\n<a id=\"named\"></a>\n");
            File.WriteAllText(Path.Combine(folder.FullName, "page.md"),
                "# Here\n[a](other.md) [b](#here) [c](other.md#one-start-from-clone-to-exec) [d](other.md#twice-1) [e](other.md#named) [f](https://example.org/x#y)\n"
                + "`[code](nowhere.md)`\n```\n[fenced](nowhere.md)\n```\n![image](gone.png) [g](other.md#not-a-heading) [h](../x.md)\n[i]: missing.md\n");
            Assert.Equal(
                ["page.md: gone.png does not exist", "page.md: other.md#not-a-heading is no heading", "page.md: ../x.md leaves the repository", "page.md: missing.md does not exist"],
                MarkdownLinks.Broken(folder.FullName, "page.md"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
