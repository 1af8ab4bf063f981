using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Makes tokens of all kinds, right and wrong, with keys of its own.</summary>
internal static class TokenForge
{
    public const string Issuer = "token issuer", Service = "registry.example", Kid = "the key";

    public static readonly RSA Rsa = RSA.Create(2048);
    public static readonly ECDsa Ec256 = ECDsa.Create(ECCurve.NamedCurves.nistP256), Ec384 = ECDsa.Create(ECCurve.NamedCurves.nistP384), Ec521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);

    /// <summary>Claims that are in order now.</summary>
    public static JsonObject Claims(DateTimeOffset? now = null)
    {
        long seconds = (now ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds();
        return new()
        {
            ["iss"] = Issuer,
            ["sub"] = "anna",
            ["aud"] = Service,
            ["exp"] = seconds + 300,
            ["nbf"] = seconds,
            ["iat"] = seconds,
            ["jti"] = "1",
            ["access"] = new JsonArray(Access("repository", "team/app", "pull", "push")),
        };
    }

    public static JsonObject Access(string type, string name, params string[] actions) =>
        new() { ["type"] = type, ["name"] = name, ["actions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]) };

    public static JsonObject Header(string algorithm = "ES256", string kid = Kid) => new() { ["typ"] = "JWT", ["alg"] = algorithm, ["kid"] = kid };

    /// <summary>A token that is right, but for what is changed.</summary>
    public static string Make(Action<JsonObject>? claims = null, Action<JsonObject>? header = null)
    {
        (JsonObject h, JsonObject c) = (Header(), Claims());
        header?.Invoke(h);
        claims?.Invoke(c);
        return Sign(h.ToJsonString(), c.ToJsonString());
    }

    /// <summary>Signs by the algorithm that the name says, with the key of its kind.</summary>
    public static string Sign(string header, string claims, string algorithm = "ES256")
    {
        string text = Encode(header) + "." + Encode(claims);
        byte[] data = Encoding.ASCII.GetBytes(text);
        HashAlgorithmName hash = new("SHA" + algorithm[2..]);
        byte[] signature = algorithm[..2] switch
        {
            "RS" => Rsa.SignData(data, hash, RSASignaturePadding.Pkcs1),
            "PS" => Rsa.SignData(data, hash, RSASignaturePadding.Pss),
            "ES" => (algorithm switch { "ES256" => Ec256, "ES384" => Ec384, _ => Ec521 }).SignData(data, hash),
            _ => throw new ArgumentException(algorithm),
        };
        return text + "." + Base64Url.EncodeToString(signature);
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>The public keys as a set: one of a kind, by the names <c>rsa</c>, <c>the key</c>, <c>p384</c>, <c>p521</c>.</summary>
    public static string KeySet()
    {
        RSAParameters rsa = Rsa.ExportParameters(false);
        JsonArray keys = [new JsonObject { ["kty"] = "RSA", ["kid"] = "rsa", ["use"] = "sig", ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent) }];
        foreach ((string kid, ECDsa key) in (ReadOnlySpan<(string, ECDsa)>)[(Kid, Ec256), ("p384", Ec384), ("p521", Ec521)])
        {
            ECParameters point = key.ExportParameters(false);
            keys.Add((JsonNode)new JsonObject { ["kty"] = "EC", ["kid"] = kid, ["crv"] = "P-" + key.KeySize, ["x"] = Base64Url.EncodeToString(point.Q.X), ["y"] = Base64Url.EncodeToString(point.Q.Y) });
        }
        return new JsonObject { ["keys"] = keys }.ToJsonString();
    }

    /// <summary>A certificate of a key, self-signed or by an authority.</summary>
    public static X509Certificate2 Certificate(string name, ECDsa key, X509Certificate2? by = null, ECDsa? byKey = null, bool isAuthority = false, int daysFrom = -1, int daysTo = 1, byte[]? serial = null)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        serial ??= RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7f;
        return by is null
            ? request.Create(new X500DistinguishedName($"CN={name}"), X509SignatureGenerator.CreateForECDsa(key), now.AddDays(daysFrom), now.AddDays(daysTo), serial)
            : request.Create(by.SubjectName, X509SignatureGenerator.CreateForECDsa(byKey!), now.AddDays(daysFrom), now.AddDays(daysTo), serial);
    }

    public static Action<JsonObject> X5c(params X509Certificate2[] chain) => header =>
    {
        header.Remove("kid");
        header["x5c"] = new JsonArray([.. chain.Select(certificate => (JsonNode)Convert.ToBase64String(certificate.RawData))]);
    };
}
