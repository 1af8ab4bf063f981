using Keelson.Hosting.Grpc;

namespace Keelson.Hosting.Tests;

/// <summary>Headers of gRPC. PROTOCOL-HTTP2 "Requests", "Responses".</summary>
public class EncodingTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ü", "%C3%BC")]
    [InlineData("", "")]
    public void A_message_is_printable(string text, string encoded) => Assert.Equal(encoded, PercentEncoding.Encode(text));

    [Theory]
    [InlineData("1H", 3_600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("3S", 3_000)]
    [InlineData("4m", 4)]
    [InlineData("5000u", 5)]
    [InlineData("6000000n", 6)]
    [InlineData("00000000S", 0)]
    public void A_timeout_has_digits_and_a_unit(string text, double milliseconds) => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), GrpcTimeout.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("99999999H")]
    public void What_is_no_timeout_is_none(string? text) => Assert.Null(GrpcTimeout.Parse(text));
}
