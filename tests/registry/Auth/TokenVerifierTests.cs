using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CsCheck;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

public sealed class TokenVerifierTests : IDisposable
{
    private readonly Folder folder = new();
    private readonly TestClock clock = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("RS256", "rsa")]
    [InlineData("RS384", "rsa")]
    [InlineData("RS512", "rsa")]
    [InlineData("PS256", "rsa")]
    [InlineData("PS384", "rsa")]
    [InlineData("PS512", "rsa")]
    [InlineData("ES256", TokenForge.Kid)]
    [InlineData("ES384", "p384")]
    [InlineData("ES512", "p521")]
    public void Each_algorithm_with_its_key(string algorithm, string kid)
    {
        string token = TokenForge.Sign(TokenForge.Header(algorithm, kid).ToJsonString(), TokenForge.Claims().ToJsonString(), algorithm);
        Assert.NotNull(KeySet().Verifier().Verify(token, out _));
    }

    [Fact]
    public void A_key_for_one_algorithm_takes_no_other()
    {
        JsonObject set = (JsonObject)JsonNode.Parse(TokenForge.KeySet())!;
        foreach (JsonNode? key in (JsonArray)set["keys"]!)
            if ((string?)key!["kid"] == "rsa") key["alg"] = "PS256";
        TokenVerifier verifier = (KeySet() with { KeySet = folder.Write("one.json", set.ToJsonString()) }).Verifier();
        Assert.NotNull(verifier.Verify(TokenForge.Sign(TokenForge.Header("PS256", "rsa").ToJsonString(), TokenForge.Claims().ToJsonString(), "PS256"), out _));
        Assert.Null(verifier.Verify(TokenForge.Sign(TokenForge.Header("RS256", "rsa").ToJsonString(), TokenForge.Claims().ToJsonString(), "RS256"), out string reason));
        Assert.Equal("its signature is not right", reason);
    }

    [Fact]
    public void Clocks_may_be_a_minute_apart()
    {
        TokenVerifier verifier = KeySet().Verifier();
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.NotNull(verifier.Verify(TokenForge.Make(c => c["exp"] = now - 55), out _));
        Assert.NotNull(verifier.Verify(TokenForge.Make(c => (c["nbf"], c["iat"]) = (now + 55, now + 55)), out _));
        Assert.NotNull(verifier.Verify(TokenForge.Make(c => c["exp"] = now + 0.5), out _));
        Assert.NotNull(verifier.Verify(TokenForge.Make(c => (c["aud"], c["sub"]) = (new JsonArray("other", TokenForge.Service), "")), out _));
    }

    [Fact]
    public void A_token_is_verified_once_and_ends_all_the_same()
    {
        TokenVerifier verifier = KeySet().Verifier();
        string token = TokenForge.Make();
        for (int i = 0; i < 10; i++) Assert.NotNull(verifier.Verify(token, out _));
        Assert.Equal(1, verifier.Checks);
        clock.Advance(TimeSpan.FromSeconds(358));
        Assert.NotNull(verifier.Verify(token, out _));
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(verifier.Verify(token, out string reason));
        Assert.Equal("it has ended", reason);
    }

    [Fact]
    public void More_tokens_than_are_remembered_are_verified_again()
    {
        BoundedCache<int, int> cache = new(100, clock);
        for (int i = 0; i < 10_000; i++) cache.Add(i, i, clock.GetUtcNow().AddHours(1));
        for (int i = 0; i < 10_000; i++) cache.Add(i % 50, i, clock.GetUtcNow().AddHours(1));
        Assert.Equal(100, cache.Count);
        Assert.True(cache.TryGet(49, out int value));
        Assert.Equal(9_999, value);
        Assert.False(cache.TryGet(5_000, out _));
        clock.Advance(TimeSpan.FromHours(2));
        Assert.False(cache.TryGet(49, out _));
    }

    [Fact]
    public void A_key_that_is_taken_out_of_the_file_vouches_for_nothing_that_it_vouched_for()
    {
        TokenVerifier verifier = KeySet().Verifier();
        string token = TokenForge.Make();
        Assert.NotNull(verifier.Verify(token, out _));
        JsonObject set = (JsonObject)JsonNode.Parse(TokenForge.KeySet())!;
        JsonArray keys = (JsonArray)set["keys"]!;
        keys.Remove(keys.First(key => (string?)key!["kid"] == TokenForge.Kid));
        folder.Write("jwks.json", set.ToJsonString());
        Assert.Null(verifier.Verify(token, out string reason));
        Assert.Equal("its key is not trusted here", reason);
        folder.Write("jwks.json", "{");
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<KeelsonException>(() => verifier.Verify(token, out _)).Kind);
        folder.Write("jwks.json", TokenForge.KeySet());
        Assert.NotNull(verifier.Verify(token, out _));
    }

    [Fact]
    public void A_certificate_is_trusted_by_its_chain_and_by_the_names_of_its_key()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = TokenForge.Certificate("root", rootKey, isAuthority: true), leaf = TokenForge.Certificate("leaf", TokenForge.Ec256, root, rootKey);
        using X509Certificate2 single = TokenForge.Certificate("single", TokenForge.Ec256);
        TokenVerifier byRoot = Roots(root), bySingle = Roots(single);
        Assert.NotNull(byRoot.Verify(TokenForge.Make(header: TokenForge.X5c(leaf)), out _));
        Assert.NotNull(byRoot.Verify(TokenForge.Make(header: TokenForge.X5c(leaf, root)), out _));
        Assert.NotNull(bySingle.Verify(TokenForge.Make(header: TokenForge.X5c(single)), out _));
        TokenKey key = TokenKey.Of(single, isKept: false);
        Assert.NotNull(bySingle.Verify(TokenForge.Make(header: h => h["kid"] = key.LibtrustId), out _));
        Assert.NotNull(bySingle.Verify(TokenForge.Make(header: h => h["kid"] = key.Thumbprint()), out _));
        Assert.Null(byRoot.Verify(TokenForge.Make(header: h => h["kid"] = key.LibtrustId), out _));
    }

    [Fact]
    public void With_a_chain_and_a_name_the_chain_decides_where_it_can()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = TokenForge.Certificate("root", rootKey, isAuthority: true), stranger = TokenForge.Certificate("stranger", TokenForge.Ec256);
        string token = TokenForge.Make(header: h =>
        {
            TokenForge.X5c(stranger)(h);
            h["kid"] = TokenForge.Kid;
        });
        Assert.NotNull(KeySet().Verifier().Verify(token, out _));
        Assert.Null((KeySet() with { RootCertificates = folder.Write("roots.pem", root.ExportCertificatePem()) }).Verifier().Verify(token, out _));
    }

    [Fact]
    public void A_chain_that_is_not_right_is_no_chain()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] serial = [1, 2, 3, 4];
        using X509Certificate2 root = TokenForge.Certificate("root", rootKey, isAuthority: true, serial: serial);
        TokenVerifier verifier = Roots(root);
        // The same name and serial number, by which .NET compares certificates, around another key.
        using X509Certificate2 twin = TokenForge.Certificate("root", TokenForge.Ec256, isAuthority: true, serial: serial);
        Assert.Equal(root, twin);
        AssertRefused(TokenForge.X5c(twin));
        // An end of a chain that is itself no authority.
        using ECDsa endKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 end = TokenForge.Certificate("end", endKey, root, rootKey), behind = TokenForge.Certificate("behind", TokenForge.Ec256, end, endKey);
        AssertRefused(TokenForge.X5c(behind, end));
        // Signed by somebody who says to be the root.
        using X509Certificate2 forged = TokenForge.Certificate("forged", TokenForge.Ec256, twin, TokenForge.Ec256);
        AssertRefused(TokenForge.X5c(forged, twin));
        AssertRefused(TokenForge.X5c(forged));
        using X509Certificate2 past = TokenForge.Certificate("past", TokenForge.Ec256, root, rootKey, daysFrom: -3, daysTo: -2), future = TokenForge.Certificate("future", TokenForge.Ec256, root, rootKey, daysFrom: 1, daysTo: 2);
        AssertRefused(TokenForge.X5c(past));
        AssertRefused(TokenForge.X5c(future));
        // The right chain, and a signature of another key.
        using ECDsa otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 other = TokenForge.Certificate("other", otherKey, root, rootKey);
        AssertRefused(TokenForge.X5c(other));

        void AssertRefused(Action<JsonObject> header) => Assert.Null(verifier.Verify(TokenForge.Make(header: header), out _));
    }

    [Fact]
    public void A_certificate_that_has_ended_vouches_no_more_also_for_what_is_remembered()
    {
        using X509Certificate2 single = TokenForge.Certificate("single", TokenForge.Ec256);
        TokenVerifier verifier = Roots(single);
        string token = TokenForge.Make(c => c["exp"] = clock.GetUtcNow().AddDays(10).ToUnixTimeSeconds(), TokenForge.X5c(single));
        Assert.NotNull(verifier.Verify(token, out _));
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Null(verifier.Verify(token, out string reason));
        Assert.Equal("its certificate is not valid now", reason);
        Assert.Null(verifier.Verify(TokenForge.Make(c => c["exp"] = clock.GetUtcNow().AddDays(10).ToUnixTimeSeconds(), h => h["kid"] = TokenKey.Of(single, isKept: false).LibtrustId), out _));
    }

    /// <summary>The names are right when others make the same: RFC 7638 section 3.1, and an example of docker's own.</summary>
    [Fact]
    public void The_thumbprint_of_the_example_of_RFC_7638()
    {
        const string set = """
            {"keys":[{"kty":"RSA","kid":"2011-04-29","alg":"RS256","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]}
            """;
        Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", JsonWebKeySet.Parse(System.Text.Encoding.ASCII.GetBytes(set))[0].Key.Thumbprint());
    }

    [Theory]
    [InlineData("", "not a set of keys")]
    [InlineData("{}", "not a set of keys")]
    [InlineData("""{"keys":[]}""", "no key")]
    [InlineData("""{"keys":[{"kty":"oct","kid":"a"}]}""", "no key")]
    [InlineData("""{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0LXZhbHVl"}]}""", "private or shared")]
    [InlineData("""{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"AA","y":"AA"}]}""", "not a set of keys")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"a","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZg"}]}""", "bits")]
    [InlineData("""{"keys":[{"kty":"EC","kty":"RSA","kid":"a"}]}""", "not a set of keys")]
    public void A_set_of_keys_that_is_none_is_an_error_at_the_start(string json, string reason)
    {
        TokenOptions options = KeySet() with { KeySet = folder.Write("wrong.json", json) };
        KeelsonException error = Assert.Throws<KeelsonException>(() => new TokenAuthorizer(options));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("wrong.json", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error.FullMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("no certificate")]
    public void A_bundle_without_certificates_is_an_error_at_the_start(string pem) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => new TokenAuthorizer(KeySet() with { RootCertificates = folder.Write("roots.pem", pem) })).Kind);

    [Fact]
    public void No_mutation_of_a_token_is_taken()
    {
        string token = TokenForge.Make();
        TokenVerifier verifier = KeySet().Verifier();
        Assert.NotNull(verifier.Verify(token, out _));
        Gen<string> changed = Gen.Select(Gen.Int[0, token.Length - 1], Gen.Char[(char)0, (char)255], Gen.Int[0, 5]).Select((at, c, kind) => kind switch
        {
            0 => token[..at] + c + token[(at + 1)..],
            1 => token[..at] + c + token[at..],
            2 => token[..at] + token[(at + 1)..],
            3 => token[..at],
            4 => token[at..] + token[..at],
            _ => token[..at] + (char)(token[at] ^ (1 << (c & 7))) + token[(at + 1)..],
        });
        changed.Sample(text => Assert.True(text == token || verifier.Verify(text, out _) is null, text), iter: 20_000);
    }

    [Fact]
    public void No_mutation_of_what_is_in_a_token_is_taken_with_the_old_signature()
    {
        string[] parts = TokenForge.Make().Split('.');
        byte[][] bytes = [.. parts.Select(part => System.Buffers.Text.Base64Url.DecodeFromChars(part))];
        TokenVerifier verifier = KeySet().Verifier();
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 10_000], Gen.Byte[1, 255]).Sample((part, at, bits) =>
        {
            byte[][] changed = [.. bytes.Select(original => (byte[])original.Clone())];
            changed[part][at % changed[part].Length] ^= bits;
            Assert.Null(verifier.Verify(string.Join('.', changed.Select(one => System.Buffers.Text.Base64Url.EncodeToString(one))), out _));
        }, iter: 20_000);
    }

    private TokenOptions KeySet() => new()
    {
        Realm = "https://auth.example/token",
        Service = TokenForge.Service,
        Issuers = ["another issuer", TokenForge.Issuer],
        KeySet = folder.Write("jwks.json", TokenForge.KeySet()),
        Time = clock,
    };

    private TokenVerifier Roots(params X509Certificate2[] roots) =>
        (KeySet() with { KeySet = null, RootCertificates = folder.Write($"{Guid.NewGuid()}.pem", string.Join('\n', roots.Select(root => root.ExportCertificatePem()))) }).Verifier();
}
