using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Keelson.Registry.Auth;

/// <summary>An algorithm that tokens are signed by. RFC 7518 section 3.1.</summary>
/// <remarks>
/// Those of public keys alone. <c>none</c> and the ones with a shared secret (<c>HS256</c>) are not known at all, so nobody can have a public key taken for such a secret. EdDSA is
/// missing because .NET 10 has no Ed25519.
/// </remarks>
internal sealed record SignatureAlgorithm(string Name, HashAlgorithmName Hash, RSASignaturePadding? Padding, string? Curve)
{
    /// <summary>Object identifiers of the curves. RFC 5480 section 2.1.1.1.</summary>
    private const string P256 = "1.2.840.10045.3.1.7", P384 = "1.3.132.0.34", P521 = "1.3.132.0.35";

    private static readonly FrozenDictionary<string, SignatureAlgorithm> Known = new SignatureAlgorithm[]
    {
        new("RS256", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, null),
        new("RS384", HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, null),
        new("RS512", HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1, null),
        new("PS256", HashAlgorithmName.SHA256, RSASignaturePadding.Pss, null),
        new("PS384", HashAlgorithmName.SHA384, RSASignaturePadding.Pss, null),
        new("PS512", HashAlgorithmName.SHA512, RSASignaturePadding.Pss, null),
        new("ES256", HashAlgorithmName.SHA256, null, P256),
        new("ES384", HashAlgorithmName.SHA384, null, P384),
        new("ES512", HashAlgorithmName.SHA512, null, P521),
    }.ToFrozenDictionary(algorithm => algorithm.Name, StringComparer.Ordinal);

    /// <summary>Finds an algorithm by its name, which is compared exactly; <see langword="null"/> when it is none of these.</summary>
    public static SignatureAlgorithm? Find(string name) => Known.GetValueOrDefault(name);
}
