namespace Keelson.Build.Tests;

/// <summary>Quotes, escapes and variables as dockerd 20.10 takes them.</summary>
public sealed class WordExpanderTests
{
    private static readonly string[] Variables = ["a=1", "empty=", "s=x y", "a=2"];

    [Theory]
    [InlineData("$a", "1")]
    [InlineData("${a}b", "1b")]
    [InlineData("$ab", "")]
    [InlineData("${a:-x}", "1")]
    [InlineData("${q:-x}", "x")]
    [InlineData("${empty:-x}", "x")]
    [InlineData("${a:+x}", "x")]
    [InlineData("${q:+x}", "")]
    [InlineData("${q:-${a:-z}}", "1")]
    [InlineData("${q:-\"}\"}", "}")]
    [InlineData("\\$a", "$a")]
    [InlineData("\"\\$a $a\"", "$a 1")]
    [InlineData("'$a'", "$a")]
    [InlineData("a\\ b", "a b")]
    [InlineData("\"q'\\\\x\"", "q'\\x")]
    [InlineData("\"\\x\"", "\\x")]
    [InlineData("$$", "")]
    [InlineData("$1x", "x")]
    [InlineData("$", "$")]
    [InlineData("x$", "x$")]
    [InlineData("$/", "$/")]
    [InlineData("x\\", "x")]
    [InlineData("$s", "x y")]
    public void Words_are_expanded(string word, string expected) => Assert.Equal(expected, new WordExpander('\\').Expand(word, Variables));

    [Theory]
    [InlineData("${q:?bad}", "failed to process \"${q:?bad}\": q: bad")]
    [InlineData("${q", "failed to process \"${q\": missing ':' in substitution")]
    [InlineData("${a:-x", "failed to process \"${a:-x\": syntax error: missing '}'")]
    [InlineData("${}", "failed to process \"${}\": syntax error: bad substitution")]
    [InlineData("${a:=x}", "failed to process \"${a:=x}\": unsupported modifier (=) in substitution")]
    [InlineData("'x", "failed to process \"'x\": unexpected end of statement while looking for matching single-quote")]
    [InlineData("\"x", "failed to process \"\\\"x\": unexpected end of statement while looking for matching double-quote")]
    public void What_has_no_end_is_refused(string word, string error) => Assert.Equal(error, Assert.Throws<KeelsonException>(() => new WordExpander('\\').Expand(word, Variables)).Message);

    [Theory]
    [InlineData("$s", "x,y")]
    [InlineData("\"$s\"", "x y")]
    [InlineData("a$s", "ax,y")]
    [InlineData("${q:-$s}", "x,y")]
    [InlineData("$empty", "")]
    public void Values_part_words_outside_of_quotes(string word, string expected) => Assert.Equal(expected, string.Join(',', new WordExpander('\\').ExpandToWords(word, Variables)));

    [Fact]
    public void Deep_nesting_ends_in_an_error() =>
        Assert.Contains("nested too deeply", Assert.Throws<KeelsonException>(() => new WordExpander('\\').Expand(string.Concat(Enumerable.Repeat("${q:-", 10_000)), [])).Message, StringComparison.Ordinal);
}
