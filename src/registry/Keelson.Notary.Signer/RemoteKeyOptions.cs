namespace Keelson.Notary.Signer;

/// <summary>Which signer a server asks, and how they know each other.</summary>
public sealed record RemoteKeyOptions
{
    /// <summary>Where it is: <c>https://signer:7899</c>. Its certificate must be for this name.</summary>
    public required Uri Address { get; init; }

    /// <summary>Who may have signed its certificate: a file of certificates, PEM. <see langword="null"/>: those whom the system trusts.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The certificate that is shown to it, and those between it and the authority, PEM. <see langword="null"/>: none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its key, PEM.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long a call may take: 30 s.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
