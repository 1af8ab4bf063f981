using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Tuf;

/// <summary>Public keys from what metadata holds, strictly.</summary>
internal static class PublicKeys
{
    public const int MinimumRsaBits = 2048;

    /// <summary>Beyond this a verification takes so long that a hostile key is an attack by itself.</summary>
    public const int MaximumRsaBits = 8192;

    private const string P256 = "1.2.840.10045.3.1.7", P384 = "1.3.132.0.34";

    public static ECDsa Ecdsa(ReadOnlySpan<byte> spki)
    {
        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out int read);
            if (read != spki.Length) throw Bad("ECDSA", "bytes after it");
            ECCurve curve = key.ExportParameters(false).Curve;
            if (!curve.IsNamed || curve.Oid.Value is not (P256 or P384)) throw Bad("ECDSA", "neither on P-256 nor on P-384");
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw Bad("ECDSA", "not a key", e);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public static RSA Rsa(ReadOnlySpan<byte> der, bool isPkcs1 = false)
    {
        RSA key = RSA.Create();
        try
        {
            int read;
            if (isPkcs1) key.ImportRSAPublicKey(der, out read);
            else key.ImportSubjectPublicKeyInfo(der, out read);
            if (read != der.Length) throw Bad("RSA", "bytes after it");
            if (key.KeySize is < MinimumRsaBits or > MaximumRsaBits) throw Bad("RSA", $"{key.KeySize} bits, not {MinimumRsaBits} to {MaximumRsaBits}");
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw Bad("RSA", "not a key", e);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of the one PEM object of the text.</summary>
    public static (string Label, byte[] Der) Pem(string text)
    {
        List<(string Label, byte[] Der)> objects = Pems(text);
        return objects.Count == 1 ? objects[0] : throw Bad("PEM", "not one object");
    }

    public static List<(string Label, byte[] Der)> Pems(string text)
    {
        List<(string, byte[])> objects = [];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsWhiteSpace())
        {
            if (!PemEncoding.TryFind(rest, out PemFields fields) || !rest[..fields.Location.Start].IsWhiteSpace()) throw Bad("PEM", "something else than an object");
            objects.Add((rest[fields.Label].ToString(), Convert.FromBase64String(rest[fields.Base64Data].ToString())));
            rest = rest[fields.Location.End..];
        }
        return objects;
    }

    /// <summary>The leaf of a chain in PEM, which stands first.</summary>
    /// <param name="pem">The chain.</param>
    /// <param name="mayBeAuthority">Whether it may say that it is an authority. Certificates of delegations, as people make them, often do.</param>
    public static X509Certificate2 Leaf(string pem, bool mayBeAuthority)
    {
        List<(string Label, byte[] Der)> chain = Pems(pem);
        if (chain.Count == 0 || chain.Any(item => item.Label != "CERTIFICATE")) throw Bad("certificate", "not a chain in PEM");
        X509Certificate2 leaf;
        try
        {
            leaf = X509CertificateLoader.LoadCertificate(chain[0].Der);
        }
        catch (CryptographicException e)
        {
            throw Bad("certificate", "not a certificate", e);
        }
        if (mayBeAuthority || !leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)) return leaf;
        leaf.Dispose();
        throw Bad("certificate", "an authority and not a leaf");
    }

    public static string Fingerprint(ReadOnlySpan<byte> key) => Convert.ToHexStringLower(SHA256.HashData(key));

    public static TufException Bad(string what, string cause, Exception? inner = null) => new(TufFault.BadKey, $"read {what} key: {cause}", inner);
}
