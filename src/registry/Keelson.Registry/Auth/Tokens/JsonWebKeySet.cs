using System.Security.Cryptography;
using System.Text.Json;

namespace Keelson.Registry.Auth;

/// <summary>Reads a set of public keys. RFC 7517, RFC 7518 section 6.</summary>
internal static class JsonWebKeySet
{
    private const int MaxId = 256;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>The keys that tokens can be verified with. Those of other kinds, or for other uses, are left out, as RFC 7517 section 5 wants.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is not such a set, a key is not right, or none is left.</exception>
    public static List<(string Id, TokenKey Key)> Parse(ReadOnlySpan<byte> json)
    {
        List<(string, TokenKey)> keys = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json.ToArray(), Strict);
            foreach (JsonElement key in document.RootElement.GetProperty("keys").EnumerateArray())
            {
                if (Text(key, "use") is not (null or "sig") || Text(key, "kid") is not { Length: > 0 and <= MaxId } id) continue;
                if (key.TryGetProperty("d", out _) || key.TryGetProperty("k", out _)) throw Wrong($"key {keys.Count + 1} is a private or shared one, which does not belong there");
                if (Text(key, "alg") is { } name && SignatureAlgorithm.Find(name) is null) continue;
                if (Read(key, Text(key, "alg")) is { } read) keys.Add((id, read));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "it is not a set of keys (JWKS), or a key in it is not right", e);
        }
        return keys.Count > 0 ? keys : throw Wrong("it has no key that tokens can be verified with; a key needs a kid");
    }

    private static TokenKey? Read(JsonElement key, string? algorithm)
    {
        switch (Text(key, "kty"))
        {
            case "RSA":
                using (RSA rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") })) return TokenKey.Of(rsa, algorithm);
            case "EC":
                ECCurve? curve = Text(key, "crv") switch
                {
                    "P-256" => ECCurve.NamedCurves.nistP256,
                    "P-384" => ECCurve.NamedCurves.nistP384,
                    "P-521" => ECCurve.NamedCurves.nistP521,
                    _ => null,
                };
                if (curve is null) return null;
                using (ECDsa ec = ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new() { X = Bytes(key, "x"), Y = Bytes(key, "y") } })) return TokenKey.Of(ec, algorithm);
            default:
                return null;
        }
    }

    private static byte[] Bytes(JsonElement key, string name) =>
        Jwt.TryDecode(key.GetProperty(name).GetString() ?? "", out byte[] bytes) ? bytes : throw new FormatException(name);

    private static string? Text(JsonElement key, string name) => key.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static KeelsonException Wrong(string reason) => new(ErrorKind.InvalidArgument, reason);
}
