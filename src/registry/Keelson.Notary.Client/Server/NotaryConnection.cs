using Keelson.Distribution;

namespace Keelson.Notary.Client;

/// <summary>How a notary server is spoken to.</summary>
public sealed record NotaryConnection
{
    /// <summary>The server: <c>https://notary.example:4443</c>.</summary>
    public required Uri Server { get; init; }

    /// <summary>Files of certificates in PEM that are trusted besides the system's.</summary>
    public IReadOnlyList<string> AuthorityFiles { get; init; } = [];

    /// <summary>Files of the certificate and its key that this client shows.</summary>
    public (string Certificate, string Key)? ClientCertificate { get; init; }

    /// <summary>Where credentials for token servers come from; none by default.</summary>
    public ICredentialSource Credentials { get; init; } = FixedCredentials.None;

    /// <summary>Under which name credentials are kept; the server's host by default. Docker takes the registry's.</summary>
    public string? CredentialName { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Hears what is tried again and why.</summary>
    public Action<string>? Warn { get; init; }
}
