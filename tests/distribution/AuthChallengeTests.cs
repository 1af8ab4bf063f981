namespace Keelson.Distribution.Tests;

public sealed class AuthChallengeTests
{
    [Theory]
    [InlineData("Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x/y:pull,push\"", "bearer realm=https://a/t service=s scope=repository:x/y:pull,push")]
    [InlineData("Basic realm=\"a, b\"", "basic realm=a, b")]
    [InlineData("Basic", "basic")]
    [InlineData("Basic, Bearer realm=x", "basic|bearer realm=x")]
    [InlineData("Negotiate, Basic realm=\"x\", Bearer realm = \"y\" , service=z", "negotiate|basic realm=x|bearer realm=y service=z")]
    [InlineData("BEARER Realm=\"a\\\"b\\\\c\"", "bearer realm=a\"b\\c")]
    [InlineData("Bearer realm=\"open", "bearer")]
    [InlineData("Bearer realm=\"a\",realm=\"b\"", "bearer realm=a")]
    [InlineData("", "")]
    [InlineData("=", "")]
    [InlineData(",,, Basic ,,", "basic")]
    public void A_header_is_read_as_its_challenges(string header, string expected) =>
        Assert.Equal(expected, string.Join('|', AuthChallenge.Parse(header).Select(c => string.Join(' ', [c.Scheme, .. c.Parameters.Select(p => $"{p.Key}={p.Value}")]))));

    [Fact]
    public void A_header_over_8_KiB_is_not_read() => Assert.Empty(AuthChallenge.Parse("Basic realm=" + new string('x', AuthChallenge.MaxHeader)));
}
