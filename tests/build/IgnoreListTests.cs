namespace Keelson.Build.Tests;

/// <summary>Patterns of .dockerignore. Dockerfile reference ".dockerignore file", Go's filepath.Match.</summary>
public sealed class IgnoreListTests
{
    [Theory]
    [InlineData("*.md", "README.md", true)]
    [InlineData("*.md", "a/README.md", false)]
    [InlineData("**/*.md", "README.md", true)]
    [InlineData("**/*.md", "a/b/README.md", true)]
    [InlineData("**", "a/b", true)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("a/**/c", "a/c", true)]
    [InlineData("a/**/c", "a/b/b/c", true)]
    [InlineData("a/**/c", "a/bc", false)]
    [InlineData("a", "a/b/c", true)]
    [InlineData("/a", "a", true)]
    [InlineData("./a/", "a/x", true)]
    [InlineData("a/../b", "b", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[^a-c]x", "bx", false)]
    [InlineData("[^a-c]x", "/x", false)]
    [InlineData("a\\*", "a*", true)]
    [InlineData("a\\*", "ab", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("# a", "# a", false)]
    [InlineData("*\n!b", "b", false)]
    [InlineData("*\n!b\nb/c", "b/c", true)]
    [InlineData("*\n!b\nb/c", "b/d", false)]
    [InlineData("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true)]
    [InlineData("*.md\n!README*.md\nREADME-secret.md", "README.md", false)]
    [InlineData("  a  \r\n", "a", true)]
    public void A_path_is_out_or_in(string patterns, string path, bool isOut) => Assert.Equal(isOut, IgnoreList.Parse(patterns).Excludes(path));

    [Theory]
    [InlineData("[")]
    [InlineData("[]a")]
    [InlineData("[a")]
    [InlineData("a\\")]
    [InlineData("!")]
    public void A_malformed_pattern_is_refused(string pattern) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => IgnoreList.Parse(pattern)).Kind);

    [Fact]
    public void No_pattern_takes_long()
    {
        IgnoreList list = IgnoreList.Parse(string.Concat(Enumerable.Repeat("*a", 1000)) + "b\n" + string.Concat(Enumerable.Repeat("**/a/", 500)) + "b");
        Assert.False(list.Excludes(new string('a', 4000)));
        Assert.False(list.Excludes(string.Concat(Enumerable.Repeat("a/", 1000)) + "a"));
    }
}
