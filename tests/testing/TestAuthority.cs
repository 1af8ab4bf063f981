using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Testing;

/// <summary>An authority that signs certificates for tests, in files of a directory. Its certificate is <c>ca.pem</c>.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string directory;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;
    private byte serial;

    /// <summary>Makes one.</summary>
    /// <param name="directory">Where its files go.</param>
    /// <param name="name">Its name. Two of one name and different keys confuse those who look for a chain.</param>
    public TestAuthority(string directory, string name = "test authority")
    {
        this.directory = directory;
        CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        root = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(CertificateFile, root.ExportCertificatePem());
    }

    public string CertificateFile => directory + "/ca.pem";

    /// <summary>Makes <c>NAME.pem</c> and <c>NAME.key</c> for a server at 127.0.0.1 and localhost, or for a client.</summary>
    public (string Certificate, string Key) Issue(string name, string subject, bool isClient = false)
    {
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(isClient ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1")], false));
        if (!isClient)
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddIpAddress(IPAddress.Loopback);
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
        }
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 leaf = request.Create(root, now.AddDays(-1), now.AddHours(20), [1, 2, 3, ++serial]);
        (string certificate, string keyFile) = ($"{directory}/{name}.pem", $"{directory}/{name}.key");
        File.WriteAllText(certificate, leaf.ExportCertificatePem());
        File.WriteAllText(keyFile, own.ExportPkcs8PrivateKeyPem());
        return (certificate, keyFile);
    }

    public void Dispose()
    {
        root.Dispose();
        key.Dispose();
    }
}
