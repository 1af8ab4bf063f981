namespace Keelson.Content.Tests;

/// <summary>Durations as Go's package time reads and writes them.</summary>
public class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("1ms", 1e6)]
    [InlineData("250ms", 250e6)]
    [InlineData("1.5s", 1.5e9)]
    [InlineData("1m30s", 90e9)]
    [InlineData("1h30m", 5400e9)]
    [InlineData("1h0.5m", 3630e9)]
    [InlineData("2000us", 2e6)]
    [InlineData("2000µs", 2e6)]
    [InlineData("3ns", 3)]
    [InlineData("-1s", -1e9)]
    [InlineData("+1s", 1e9)]
    [InlineData("2540400h", 9145440000e9)]
    public void A_duration_is_a_sum_of_numbers_with_units(string text, double nanoseconds)
    {
        Assert.Equal((long)nanoseconds, GoDuration.ParseNanoseconds(text));
        Assert.Equal(TimeSpan.FromTicks((long)nanoseconds / 100), GoDuration.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("5")]
    [InlineData("h")]
    [InlineData("1x")]
    [InlineData("1d")]
    [InlineData("1s2")]
    [InlineData("1..5s")]
    [InlineData(".s")]
    [InlineData("1 s")]
    [InlineData("3000000h")]
    [InlineData("99999999999h")]
    [InlineData("99999999999999999999s")]
    [InlineData("999999999999999999999999999999s")]
    public void Other_texts_are_none(string text) => Assert.Null(GoDuration.ParseNanoseconds(text));

    [Theory]
    [InlineData("0", "0s")]
    [InlineData("7ns", "7ns")]
    [InlineData("1500ns", "1.5µs")]
    [InlineData("1ms", "1ms")]
    [InlineData("500ms", "500ms")]
    [InlineData("1.5s", "1.5s")]
    [InlineData("30s", "30s")]
    [InlineData("90s", "1m30s")]
    [InlineData("1h", "1h0m0s")]
    [InlineData("2h1m5.5s", "2h1m5.5s")]
    [InlineData("-90s", "-1m30s")]
    public void A_duration_is_written_as_Go_does(string text, string written) => Assert.Equal(written, GoDuration.Text(GoDuration.ParseNanoseconds(text)!.Value));
}
