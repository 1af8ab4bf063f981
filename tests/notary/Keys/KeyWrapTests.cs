using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Keelson.Notary.Keys;

namespace Keelson.Notary.Tests.Keys;

/// <summary>Wrapped bytes, by themselves. Debian's notary-signer reads and writes the same elsewhere.</summary>
public sealed class KeyWrapTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(121)]
    [InlineData(4096)]
    public void What_was_wrapped_is_unwrapped(int length)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(length);
        string first = KeyWrap.Wrap(secret, "pässword", 10, new()), second = KeyWrap.Wrap(secret, "pässword", 10, new());
        Assert.NotEqual(first, second);
        Assert.Equal(secret, KeyWrap.Unwrap(first, "pässword", new()));
        Assert.Null(KeyWrap.Unwrap(first, "password", new()));
    }

    [Fact]
    public void A_text_that_was_changed_anywhere_is_refused()
    {
        string text = KeyWrap.Wrap("secret"u8, "p", 10, new());
        for (int i = 0; i < text.Length; i++)
        {
            char other = text[i] == 'A' ? 'B' : 'A';
            string changed = text[..i] + other + text[(i + 1)..];
            // The last digit of a part has bits that mean nothing.
            if (KeyWrap.Unwrap(changed, "p", new()) is { } same) Assert.True(i + 1 == text.Length || text[i + 1] == '.', $"{i}: {Encoding.ASCII.GetString(same)}");
        }
    }

    [Theory]
    [InlineData("""{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":1,"p2s":"AAAA"}""")]
    [InlineData("""{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":1,"p2s":"AAAA"}""")]
    [InlineData("""{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":2000000000,"p2s":"AAAA"}""")]
    [InlineData("""{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":0,"p2s":"AAAA"}""")]
    [InlineData("""{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":1,"p2s":7}""")]
    [InlineData("""{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":1,"p2s":"AAAA","zip":"DEF"}""")]
    [InlineData("""["alg"]""")]
    [InlineData("{")]
    [InlineData("")]
    public void A_header_of_another_kind_is_refused(string header)
    {
        string[] parts = KeyWrap.Wrap("secret"u8, "p", 10, new()).Split('.');
        Assert.Null(KeyWrap.Unwrap(string.Join('.', [Base64Url.EncodeToString(Encoding.ASCII.GetBytes(header)), .. parts[1..]]), "p", new()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("....")]
    [InlineData("a.b.c")]
    [InlineData("not base64 at all.!.!.!.!")]
    public void What_is_no_jwe_is_refused(string text) => Assert.Null(KeyWrap.Unwrap(text, "p", new()));

    [Fact]
    public void A_key_of_a_store_says_nothing_of_itself_but_its_name()
    {
        WrappedKey key = new("id", "ecdsa", default, "wrapped text", "alias", "g", "r", default, null);
        Assert.Equal("key id of g r", key.ToString());
    }
}
