namespace Keelson.Acme;

/// <summary>Which certificates are kept, and where.</summary>
public sealed record CertificateKeeperOptions
{
    /// <summary>The authority that gives them.</summary>
    public required AcmeOptions Authority { get; init; }

    /// <summary>The names that there are certificates for, one each. No other name ever causes a request.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>The folder of the account's key and the certificates.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether the authority can ask at port 80 too: <see cref="CertificateKeeper.Http"/> answers there. It is preferred then.</summary>
    public bool AnswersHttp { get; init; }

    /// <summary>How long after a failure it is tried again; three times as long after each further one. Let's Encrypt takes five failures an hour.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest such pause.</summary>
    public TimeSpan RetryDelayLimit { get; init; } = TimeSpan.FromHours(6);

    /// <summary>The shortest life of a certificate that is taken: one that is renewed all the time is of no use.</summary>
    public TimeSpan LeastLife { get; init; } = TimeSpan.FromSeconds(10);
}
