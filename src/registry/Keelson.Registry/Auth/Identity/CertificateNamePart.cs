namespace Keelson.Registry.Auth;

/// <summary>A part of a certificate that can be the user's name.</summary>
public enum CertificateNamePart
{
    /// <summary>The subject's common name, when there is one and one only.</summary>
    CommonName,

    /// <summary>The first DNS name.</summary>
    Dns,

    /// <summary>The first mail address.</summary>
    Email,

    /// <summary>The first URI, such as a SPIFFE ID.</summary>
    Uri,
}
