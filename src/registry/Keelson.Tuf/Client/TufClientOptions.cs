namespace Keelson.Tuf;

/// <summary>How a client behaves.</summary>
public sealed record TufClientOptions
{
    /// <summary>How much it reads and follows; what the dialect says by default.</summary>
    public TufLimits? Limits { get; init; }

    /// <summary>The clock of expiry and of rates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether kept metadata will do while the repository does not answer and they have not expired. Off by default: who wants it must look at
    /// <see cref="TufClient.Warnings"/>.
    /// </summary>
    public bool MayBeOffline { get; init; }

    /// <summary>Whether targets are named by their hashes too when the root says that the repository is consistent. On by default.</summary>
    public bool PrefixTargetsWithHash { get; init; } = true;
}
