using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Who makes a request, by the client certificate that the server asked for and verified during the handshake of TLS.</summary>
/// <remarks>
/// The server verifies the certificate against the authorities it trusts for clients; this reads the name alone. A certificate that has ended on a connection that is still open
/// is refused. Organisations of the subject (<c>O=</c>) are groups, as in Kubernetes.
/// </remarks>
/// <param name="parts">Where the name is looked for, in this order; the common name by default.</param>
/// <param name="time">The clock.</param>
public sealed class CertificateIdentitySource(IReadOnlyList<CertificateNamePart>? parts = null, TimeProvider? time = null) : IIdentitySource
{
    // RFC 5280 section 4.2.1.6: GeneralName.
    private const int EmailTag = 1, DnsTag = 2, UriTag = 6;
    private const string AlternativeNames = "2.5.29.17", CommonName = "2.5.4.3", Organization = "2.5.4.10";
    private readonly IReadOnlyList<CertificateNamePart> parts = parts ?? [CertificateNamePart.CommonName];
    private readonly TimeProvider time = time ?? TimeProvider.System;

    /// <inheritdoc/>
    public ValueTask<Identification> IdentifyAsync(HttpContext http, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(http);
        return new(http.Connection.ClientCertificate is { } certificate ? Identify(certificate) : Identification.Nothing);
    }

    /// <inheritdoc/>
    public string? Challenge(IReadOnlyList<AccessRequest> needs, bool wasRefused) => null;

    private Identification Identify(X509Certificate2 certificate)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        if (now > certificate.NotAfter.ToUniversalTime() || now < certificate.NotBefore.ToUniversalTime()) return Identification.Refused("the client certificate is not valid now");
        try
        {
            foreach (CertificateNamePart part in parts)
                if (Name(certificate, part) is { } name && RegistryIdentity.IsName(name))
                    return Identification.As(new RegistryIdentity(name, [.. SubjectValues(certificate, Organization).Where(RegistryIdentity.IsName)]));
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            return Identification.Refused("the name in the client certificate cannot be read");
        }
        return Identification.Refused("the client certificate has no name");
    }

    private static string? Name(X509Certificate2 certificate, CertificateNamePart part) => part switch
    {
        // Two common names: it is not clear whom the authority means.
        CertificateNamePart.CommonName => SubjectValues(certificate, CommonName) is [{ } only] ? only : null,
        CertificateNamePart.Dns => Alternative(certificate, DnsTag),
        CertificateNamePart.Email => Alternative(certificate, EmailTag),
        _ => Alternative(certificate, UriTag),
    };

    private static List<string> SubjectValues(X509Certificate2 certificate, string type)
    {
        List<string> values = [];
        foreach (X500RelativeDistinguishedName name in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
            if (!name.HasMultipleElements && name.GetSingleElementType().Value == type && name.GetSingleElementValue() is { } value)
                values.Add(value);
        return values;
    }

    private static string? Alternative(X509Certificate2 certificate, int tag)
    {
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != AlternativeNames) continue;
            AsnReader names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            Asn1Tag wanted = new(TagClass.ContextSpecific, tag);
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(wanted)) return names.ReadCharacterString(UniversalTagNumber.IA5String, wanted);
                names.ReadEncodedValue();
            }
        }
        return null;
    }
}
