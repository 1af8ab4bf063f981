using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Tokens that are not right. RFC 8725; distribution's specification of "jwt".</summary>
public sealed class TokenAttackTests : IDisposable
{
    private static readonly long Now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
    private readonly Folder folder = new();
    private readonly TestLog log = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Name of the attack, the token, and a word of the reason.</summary>
    private static readonly Dictionary<string, (Func<string> Make, string Reason)> Attacks = new()
    {
        ["alg none, without signature"] = (() => $"{TokenForge.Encode("""{"typ":"JWT","alg":"none","kid":"the key"}""")}.{Claims()}.", "three parts"),
        ["alg none, with the old signature"] = (() => TokenForge.Make(header: h => h["alg"] = "none"), "algorithm"),
        ["alg NoNe"] = (() => TokenForge.Make(header: h => h["alg"] = "NoNe"), "algorithm"),
        ["alg missing"] = (() => TokenForge.Make(header: h => h.Remove("alg")), "algorithm"),
        ["alg is a number"] = (() => TokenForge.Make(header: h => h["alg"] = 256), "algorithm"),
        ["alg in lower case"] = (() => TokenForge.Make(header: h => h["alg"] = "es256"), "algorithm"),
        ["HS256 with the public key in PEM as the secret"] = (() => Hmac(Encoding.ASCII.GetBytes(TokenForge.Ec256.ExportSubjectPublicKeyInfoPem())), "algorithm"),
        ["HS256 with the public key in DER as the secret"] = (() => Hmac(TokenForge.Ec256.ExportSubjectPublicKeyInfo()), "algorithm"),
        ["HS256 with an empty secret"] = (() => Hmac([]), "algorithm"),
        ["an RSA algorithm for a key of a curve"] = (() => TokenForge.Sign("""{"alg":"RS256","kid":"the key"}""", TokenForge.Claims().ToJsonString(), "RS256"), "signature"),
        ["an algorithm of a curve for an RSA key"] = (() => TokenForge.Sign("""{"alg":"ES256","kid":"rsa"}""", TokenForge.Claims().ToJsonString()), "signature"),
        ["another curve's algorithm"] = (() => TokenForge.Sign("""{"alg":"ES384","kid":"the key"}""", TokenForge.Claims().ToJsonString(), "ES384"), "signature"),
        ["PSS instead of PKCS 1"] = (() => TokenForge.Sign("""{"alg":"RS256","kid":"rsa"}""", TokenForge.Claims().ToJsonString(), "PS256"), "signature"),
        ["a signature of zeros"] = (() => Unsigned() + "." + new string('A', 86), "signature"),
        ["an empty signature"] = (() => Unsigned() + ".", "three parts"),
        ["a signature in DER"] = (() => WithSignature(TokenForge.Ec256.SignData(Encoding.ASCII.GetBytes(Unsigned()), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)), "signature"),
        ["the signature of another token"] = (() => Unsigned() + TokenForge.Make(c => c["sub"] = "bert")[TokenForge.Make().LastIndexOf('.')..], "signature"),
        ["a key that the token brings along"] = (() => OwnKey("jwk"), "name its key"),
        ["a key that is to be fetched, jku"] = (() => OwnKey("jku"), "name its key"),
        ["a key that is to be fetched, x5u"] = (() => OwnKey("x5u"), "name its key"),
        ["kid missing"] = (() => TokenForge.Make(header: h => h.Remove("kid")), "name its key"),
        ["kid empty"] = (() => TokenForge.Make(header: h => h["kid"] = ""), "name its key"),
        ["kid is a path"] = (() => Hmac([], "../../../../dev/null"), "algorithm"),
        ["kid is a path, signed with ES256"] = (() => TokenForge.Make(header: h => h["kid"] = "../../../../../../dev/null"), "not trusted"),
        ["kid is a query"] = (() => TokenForge.Make(header: h => h["kid"] = "x' UNION SELECT 'key"), "not trusted"),
        ["kid is a command"] = (() => TokenForge.Make(header: h => h["kid"] = "|/bin/true"), "not trusted"),
        ["kid is an array"] = (() => TokenForge.Make(header: h => h["kid"] = new JsonArray("the key")), "name its key"),
        ["crit"] = (() => TokenForge.Make(header: h => h["crit"] = new JsonArray("exp")), "extensions"),
        ["crit, empty"] = (() => TokenForge.Make(header: h => h["crit"] = new JsonArray()), "extensions"),
        ["b64 off"] = (() => TokenForge.Make(header: h => h["b64"] = false), "extensions"),
        ["another kind of token"] = (() => TokenForge.Make(header: h => h["typ"] = "rt+jwt"), "kind"),
        ["typ is a number"] = (() => TokenForge.Make(header: h => h["typ"] = 1), "kind"),
        ["another issuer"] = (() => TokenForge.Make(c => c["iss"] = "someone"), "issuer"),
        ["issuer missing"] = (() => TokenForge.Make(c => c.Remove("iss")), "issuer"),
        ["issuer in an array"] = (() => TokenForge.Make(c => c["iss"] = new JsonArray(TokenForge.Issuer)), "issuer"),
        ["another service"] = (() => TokenForge.Make(c => c["aud"] = "registry.example.attacker.test"), "service"),
        ["other services"] = (() => TokenForge.Make(c => c["aud"] = new JsonArray("a", "b")), "service"),
        ["service missing"] = (() => TokenForge.Make(c => c.Remove("aud")), "service"),
        ["no service"] = (() => TokenForge.Make(c => c["aud"] = new JsonArray()), "service"),
        ["service is an object"] = (() => TokenForge.Make(c => c["aud"] = new JsonObject { [TokenForge.Service] = true }), "service"),
        ["ended, beyond the leeway"] = (() => TokenForge.Make(c => c["exp"] = Now - 61), "ended"),
        ["end missing"] = (() => TokenForge.Make(c => c.Remove("exp")), "no end"),
        ["end is a text"] = (() => TokenForge.Make(c => c["exp"] = (Now + 300).ToString()), "times"),
        ["end is null"] = (() => TokenForge.Make(c => c["exp"] = null), "times"),
        ["end beyond all dates"] = (() => TokenForge.Make(c => c["exp"] = 1e300), "times"),
        ["end below zero"] = (() => TokenForge.Make(c => c["exp"] = -1), "times"),
        ["not yet valid"] = (() => TokenForge.Make(c => c["nbf"] = Now + 120), "not valid yet"),
        ["issued in the future"] = (() => TokenForge.Make(c => c["iat"] = Now + 120), "not valid yet"),
        ["two issuers"] = (() => Twice("iss", "\"someone\""), "duplicate"),
        ["two ends"] = (() => Twice("exp", "99999999999"), "duplicate"),
        ["two accesses"] = (() => Twice("access", "[]"), "duplicate"),
        ["two ends, one of them in disguise"] = (() => Twice("\\u0065xp", "99999999999"), "duplicate"),
        ["two algorithms"] = (() => TokenForge.Sign("""{"alg":"ES256","kid":"the key","alg":"none"}""", TokenForge.Claims().ToJsonString()), "duplicate"),
        ["two names in an access"] = (() => Raw("""[{"type":"repository","name":"a","name":"team/app","actions":["pull"]}]"""), "duplicate"),
        ["access is a text"] = (() => TokenForge.Make(c => c["access"] = "*"), "grants"),
        ["access of numbers"] = (() => TokenForge.Make(c => c["access"] = new JsonArray(1)), "grants"),
        ["actions are a text"] = (() => Raw("""[{"type":"repository","name":"team/app","actions":"pull"}]"""), "grants"),
        ["subject with a line break"] = (() => TokenForge.Make(c => c["sub"] = "anna\nadmin"), "grants"),
        ["subject is an object"] = (() => TokenForge.Make(c => c["sub"] = new JsonObject()), "grants"),
        ["half a surrogate"] = (() => Raw("""[{"type":"repository","name":"\ud800","actions":["pull"]}]"""), "JSON"),
        ["not UTF-8"] = (() => NotUtf8(), "JSON"),
        ["claims are an array"] = (() => TokenForge.Sign(TokenForge.Header().ToJsonString(), "[]"), "JSON"),
        ["header is null"] = (() => TokenForge.Sign("null", TokenForge.Claims().ToJsonString()), "JSON"),
        ["deep claims"] = (() => TokenForge.Sign(TokenForge.Header().ToJsonString(), new string('[', 2000)), "JSON"),
        ["something behind the claims"] = (() => TokenForge.Sign(TokenForge.Header().ToJsonString(), TokenForge.Claims().ToJsonString() + "{}"), "JSON"),
        ["too long"] = (() => TokenForge.Make(c => c["more"] = new string('x', 16 << 10)), "too long"),
        ["padding"] = (() => Unsigned() + "." + TokenForge.Make().Split('.')[2] + "==", "base64url"),
        ["white space"] = (() => TokenForge.Make().Insert(5, "\n"), "base64url"),
        ["base64 and not base64url"] = (() => "+/" + TokenForge.Make(), "base64url"),
        ["not ASCII"] = (() => "é" + TokenForge.Make(), "base64url"),
        ["loose bits in the signature"] = (() => Loosened(TokenForge.Make()), "base64url"),
        ["one part"] = (() => "abcdefgh", "three parts"),
        ["five parts, as if encrypted"] = (() => "a.b.c.d.e", "three parts"),
        ["dots"] = (() => "..", "three parts"),
        ["nothing"] = (() => "", "three parts"),
        ["x5c of a stranger"] = (() => TokenForge.Make(header: TokenForge.X5c(TokenForge.Certificate("stranger", TokenForge.Ec256))), "not trusted"),
        ["x5c is empty"] = (() => TokenForge.Make(header: h => h["x5c"] = new JsonArray()), "chain"),
        ["x5c is no certificate"] = (() => TokenForge.Make(header: h => h["x5c"] = new JsonArray("AAAA")), "cannot be used"),
        ["x5c is no base64"] = (() => TokenForge.Make(header: h => h["x5c"] = new JsonArray("*")), "chain"),
        ["x5c of numbers"] = (() => TokenForge.Make(header: h => h["x5c"] = new JsonArray(1, 2)), "chain"),
        ["x5c too long"] = (() => TokenForge.Make(header: h => h["x5c"] = new JsonArray("AAAA", "AAAA", "AAAA", "AAAA", "AAAA")), "chain"),
    };

    public static TheoryData<string> Names => [.. Attacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_refused_as_invalid(string attack)
    {
        (Func<string> make, string reason) = Attacks[attack];
        string token = make();
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = TokenForge.Certificate("root", rootKey, isAuthority: true);
        TokenAuthorizer authorizer = new(Options() with { RootCertificates = folder.Write("roots.pem", root.ExportCertificatePem()) });
        AccessDecision decision = await authorizer.DecideAsync(Requests.Bearer(token), Requests.Pull("team/app"));
        Assert.False(decision.IsAllowed);
        Assert.Equal("", decision.Identity);
        Assert.Equal("""Bearer realm="https://auth.example/token",service="registry.example",scope="repository:team/app:pull",error="invalid_token" """.TrimEnd(), decision.Challenge);
        Assert.Contains(reason, decision.Reason, StringComparison.Ordinal);
        // CVE-2025-48374: what is shown is in no message.
        foreach (string part in token.Split('.').Where(part => part.Length > 4)) Assert.DoesNotContain(part, decision.Reason + decision.Challenge + log.Text, StringComparison.Ordinal);
        Assert.Contains("token refused", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_attacks_change_is_right_when_it_is_not_changed()
    {
        TokenAuthorizer authorizer = new(Options());
        AccessDecision decision = await authorizer.DecideAsync(Requests.Bearer(TokenForge.Make()), Requests.Overwrite("team/app"));
        Assert.Equal((true, "anna", null), (decision.IsAllowed, decision.Identity, decision.Challenge));
    }

    [Fact]
    public async Task Only_whole_headers_count()
    {
        TokenAuthorizer authorizer = new(Options());
        Microsoft.AspNetCore.Http.HttpContext twice = Requests.Bearer(TokenForge.Make());
        twice.Request.Headers.Authorization = new(["Bearer x", "Bearer " + TokenForge.Make()]);
        Assert.False((await authorizer.DecideAsync(twice, Requests.Probe)).IsAllowed);
        Microsoft.AspNetCore.Http.DefaultHttpContext query = new();
        query.Request.QueryString = new("?access_token=" + TokenForge.Make() + "&token=" + TokenForge.Make());
        Assert.False((await authorizer.DecideAsync(query, Requests.Probe)).IsAllowed);
        Assert.False((await authorizer.DecideAsync(Requests.With("Basic " + TokenForge.Make()), Requests.Probe)).IsAllowed);
        Assert.True((await authorizer.DecideAsync(Requests.With("bearer " + TokenForge.Make()), Requests.Probe)).IsAllowed);
    }

    private TokenOptions Options() => new()
    {
        Realm = "https://auth.example/token",
        Service = TokenForge.Service,
        Issuers = [TokenForge.Issuer],
        KeySet = folder.Write("jwks.json", TokenForge.KeySet()),
        Log = log,
    };

    private static string Claims() => TokenForge.Encode(TokenForge.Claims().ToJsonString());

    private static string Unsigned() => TokenForge.Encode(TokenForge.Header().ToJsonString()) + "." + Claims();

    private static string WithSignature(byte[] signature) => Unsigned() + "." + System.Buffers.Text.Base64Url.EncodeToString(signature);

    private static string Hmac(byte[] secret, string kid = TokenForge.Kid)
    {
        string text = TokenForge.Encode($$"""{"typ":"JWT","alg":"HS256","kid":"{{kid}}"}""") + "." + Claims();
        return text + "." + System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)));
    }

    private static string OwnKey(string header) => TokenForge.Make(header: h =>
    {
        h.Remove("kid");
        ECParameters point = TokenForge.Ec256.ExportParameters(false);
        h[header] = header == "jwk"
            ? new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = System.Buffers.Text.Base64Url.EncodeToString(point.Q.X), ["y"] = System.Buffers.Text.Base64Url.EncodeToString(point.Q.Y) }
            : "http://127.0.0.1:9/keys";
    });

    private static string Twice(string name, string value)
    {
        string claims = TokenForge.Claims().ToJsonString();
        return TokenForge.Sign(TokenForge.Header().ToJsonString(), $$"""{{claims[..^1]}},"{{name}}":{{value}}}""");
    }

    private static string Raw(string access)
    {
        JsonObject claims = TokenForge.Claims();
        claims.Remove("access");
        return TokenForge.Sign(TokenForge.Header().ToJsonString(), $$"""{{claims.ToJsonString()[..^1]}},"access":{{access}}}""");
    }

    private static string NotUtf8()
    {
        string text = TokenForge.Encode(TokenForge.Header().ToJsonString()) + "." + System.Buffers.Text.Base64Url.EncodeToString([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        return text + "." + System.Buffers.Text.Base64Url.EncodeToString(TokenForge.Ec256.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256));
    }

    /// <summary>64 bytes end in a character of which two bits count; another one of the same bits means the same bytes to a careless decoder.</summary>
    private static string Loosened(string token) => token[..^1] + (char)(token[^1] + 1);
}
