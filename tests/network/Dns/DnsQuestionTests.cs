using System.Net;
using CsCheck;
using Keelson.Network.Dns;

namespace Keelson.Network.Tests.Dns;

public sealed class DnsQuestionTests
{
    [Theory]
    [InlineData("000100000001000000000000 03777777076578616D706C6503636F6D00 0001 0001", "www.example.com", 1)]
    [InlineData("000101000001000000000001 0357457700 001C 0001 00002905000000000000", "wew", 28)]
    public void A_question_is_read(string message, string name, int type)
    {
        Assert.True(DnsQuestion.TryRead(Bytes(message), out DnsQuestion question));
        Assert.Equal((name, type), (question.Name, (int)question.Type));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0001000000010000000000000377")]
    [InlineData("000180000001000000000000 0377777700 0001 0001")]
    [InlineData("000100000002000000000000 0377777700 0001 0001")]
    [InlineData("000128000001000000000000 0377777700 0001 0001")]
    [InlineData("000100000001000000000000 C00C 0001 0001")]
    [InlineData("000100000001000000000000 0377777700 0001 0003")]
    [InlineData("000100000001000000000000 0377772E00 0001 0001")]
    [InlineData("000100000001000000000000 03777700 0001 0001")]
    public void What_is_no_question_is_none(string message) => Assert.False(DnsQuestion.TryRead(Bytes(message), out _));

    [Theory]
    [InlineData("2.0.20.172.in-addr.arpa", "172.20.0.2")]
    [InlineData("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "fd00::2")]
    [InlineData("0.20.172.in-addr.arpa", null)]
    [InlineData("256.0.20.172.in-addr.arpa", null)]
    [InlineData("2.0.ip6.arpa", null)]
    [InlineData("example.com", null)]
    public void A_name_of_the_reverse_tree_is_an_address(string name, string? address) =>
        Assert.Equal(address, new DnsQuestion { Name = name, Type = DnsQuestion.Ptr }.TryReadAddress(out IPAddress? found) ? found.ToString() : null);

    [Fact]
    public void Whatever_comes_nothing_is_read_beyond_it() => Gen.Byte.Array[0, 600].Sample(bytes => DnsQuestion.TryRead(bytes, out DnsQuestion question) is false || question.Name.Length < 256, iter: 5000);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
