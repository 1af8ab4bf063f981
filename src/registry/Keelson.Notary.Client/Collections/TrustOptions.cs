namespace Keelson.Notary.Client;

/// <summary>How collections are worked with.</summary>
public sealed record TrustOptions
{
    /// <summary>The trust directory: <c>~/.docker/trust</c>, <c>~/.notary</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>Which root keys are right; trust on first use by default.</summary>
    public TrustPinning Pinning { get; init; } = TrustPinning.FirstUse;

    /// <summary>The clock of expiry.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether kept metadata will do, while they have not expired, when the server does not answer.</summary>
    public bool MayBeOffline { get; init; }

    /// <summary>How often a publication is tried again because somebody else was faster: 8 by default.</summary>
    public int PublishAttempts { get; init; } = 8;
}
