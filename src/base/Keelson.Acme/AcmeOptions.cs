using System.Security.Cryptography.X509Certificates;

namespace Keelson.Acme;

/// <summary>An authority, and who one is there.</summary>
public sealed record AcmeOptions
{
    /// <summary>Address of its directory: https, or http on the loopback interface.</summary>
    public required Uri Directory { get; init; }

    /// <summary>Where the authority can reach whoever is responsible; <see langword="null"/>: nowhere.</summary>
    public string? Email { get; init; }

    /// <summary>The account that the authority knows otherwise; <see langword="null"/>: none.</summary>
    public ExternalAccount? ExternalAccount { get; init; }

    /// <summary>Roots that the authority's own server may have besides those of the system.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>How long one request may take.</summary>
    public TimeSpan RequestLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a certificate may take, from the directory to the file.</summary>
    public TimeSpan OrderLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How soon it is asked for the first time how something went; then after twice as long each time, up to ten times.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
