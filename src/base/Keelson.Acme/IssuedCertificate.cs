using System.Security.Cryptography;

namespace Keelson.Acme;

/// <summary>What an authority gave.</summary>
/// <param name="Key">The key of the certificate, PEM. A secret.</param>
/// <param name="Chain">The certificate and those between it and the root, PEM.</param>
public sealed record IssuedCertificate(string Key, string Chain)
{
    /// <summary>Names no secret.</summary>
    public override string ToString() => $"certificate of {Chain.Length} characters";

    internal static string PemOf(ECDsa key) => key.ExportECPrivateKeyPem();
}
