namespace Keelson.Build.Tests;

/// <summary>Text as Go writes it, which the history of images has.</summary>
public sealed class GoTextTests
{
    [Theory]
    [InlineData("a\"b\\c\n\t\u0001é\u200b", "\"a\\\"b\\\\c\\n\\t\\x01é\\u200b\"")]
    [InlineData("", "\"\"")]
    public void Strings_are_quoted(string text, string quoted) => Assert.Equal(quoted, GoText.Quote(text));

    [Theory]
    [InlineData(0, "'\\x00'")]
    [InlineData(3, "'\\x03'")]
    [InlineData(10, "'\\n'")]
    [InlineData(39, "'\\''")]
    [InlineData(65, "'A'")]
    public void Numbers_are_characters(int number, string quoted) => Assert.Equal(quoted, GoText.QuoteRune(number));
}
