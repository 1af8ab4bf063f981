using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Keelson.Acme.Challenges;

/// <summary>Answers on the port of TLS itself: whoever asks for the protocol <c>acme-tls/1</c> is shown a certificate that says so. RFC 8737.</summary>
/// <param name="time">The clock.</param>
public sealed class TlsChallenges(TimeProvider? time = null) : IChallengeResponder
{
    /// <summary>The extension that holds the answer. RFC 8737 section 3.</summary>
    private const string AcmeIdentifier = "1.3.6.1.5.5.7.1.31";

    private readonly ConcurrentDictionary<string, SslStreamCertificateContext> answers = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider time = time ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Type => "tls-alpn-01";

    /// <inheritdoc/>
    public IDisposable Answer(string host, string token, string authorization)
    {
        X509Certificate2 certificate = Make(host, authorization);
        answers[host] = SslStreamCertificateContext.Create(certificate, null, offline: true);
        // Connections that show the certificate may still be open; the last one to let go of it frees it.
        return new Answering(() => answers.TryRemove(host, out _));
    }

    /// <summary>The certificate for a connection that asks about a name; <see langword="null"/>: it is not being asked about.</summary>
    public SslStreamCertificateContext? Find(string? host) => host is null ? null : answers.GetValueOrDefault(host);

    private X509Certificate2 Make(string host, string authorization)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=ACME challenge", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        // An OCTET STRING of 32 bytes.
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifier, [4, 32, .. SHA256.HashData(Encoding.ASCII.GetBytes(authorization))], critical: true));
        DateTimeOffset now = time.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
