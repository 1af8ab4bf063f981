using Keelson.RuntimeCli;

namespace Keelson.Runtime.Tests.CommandLine;

public class UnitsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1048576)]
    [InlineData("-1", -1)]
    [InlineData("7b", 7)]
    [InlineData("512k", 512 << 10)]
    [InlineData("512K", 512 << 10)]
    [InlineData("16kb", 16 << 10)]
    [InlineData("2MiB", 2 << 20)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("1 g", 1L << 30)]
    [InlineData("3t", 3L << 40)]
    [InlineData("1p", 1L << 50)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Sizes_have_binary_units(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text, "memory"));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-2")]
    [InlineData("+5")]
    [InlineData("1x")]
    [InlineData("1kk")]
    [InlineData("1ki")]
    [InlineData("0x10")]
    [InlineData("1,5m")]
    [InlineData("1.2.3m")]
    public void Other_texts_are_no_sizes(string text) =>
        Assert.Contains($"option --memory: '{text}' is not a size", Assert.Throws<KeelsonException>(() => ByteSize.Parse(text, "memory")).Message);

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("8192p")]
    [InlineData("99999999999999999999999t")]
    public void Sizes_of_2_to_the_63rd_and_above_are_refused(string text) =>
        Assert.Contains("is too large", Assert.Throws<KeelsonException>(() => ByteSize.Parse(text, "memory")).Message);

    [Fact]
    public void Columns_are_at_least_twelve_wide_with_three_blanks_after_the_widest_cell()
    {
        TextTable table = new();
        table.Add("ID", "BUNDLE", "OWNER");
        table.Add("a-long-container-name", "/b", "root");
        Assert.Equal("ID                      BUNDLE      OWNER\na-long-container-name   /b          root\n", table.ToString());
    }
}
