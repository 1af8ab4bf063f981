using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Notary.Client;

/// <summary>Certificates that wrap the keys of roots.</summary>
internal static class RootCertificates
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const int Years = 10, SerialBytes = 16;

    public static string Make(byte[] pkcs8, string keyType, string gun, DateTimeOffset begins)
    {
        X500DistinguishedNameBuilder name = new();
        name.AddCommonName(gun);
        using ECDsa ecdsa = ECDsa.Create();
        using RSA rsa = RSA.Create();
        switch (keyType)
        {
            case "ecdsa":
                ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
                return Sign(new(name.Build(), ecdsa, HashAlgorithmName.SHA256), X509SignatureGenerator.CreateForECDsa(ecdsa), begins);
            case "rsa":
                rsa.ImportPkcs8PrivateKey(pkcs8, out _);
                return Sign(new(name.Build(), rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1), begins);
            default:
                throw new KeelsonException(ErrorKind.InvalidArgument, $"make root: a key of type {keyType} cannot stand in a certificate; use an ecdsa key");
        }
    }

    private static string Sign(CertificateRequest request, X509SignatureGenerator generator, DateTimeOffset begins)
    {
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CodeSigning)], false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] &= 0x7f;
        using X509Certificate2 certificate = request.Create(request.SubjectName, generator, begins, begins.AddYears(Years), serial);
        return certificate.ExportCertificatePem() + "\n";
    }
}
