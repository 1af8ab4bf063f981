using Keelson.Pkcs11;

namespace Keelson.Notary.Pkcs11;

/// <summary>Where a <see cref="TokenKeyService"/> keeps keys.</summary>
public sealed record TokenKeyOptions
{
    /// <summary>The library of the token's maker: its path.</summary>
    public required string Module { get; init; }

    /// <summary>The token and its PIN.</summary>
    public required Pkcs11TokenOptions Token { get; init; }

    /// <summary>Most keys that are remembered: 10,000, less than 1 kB each.</summary>
    public int CacheLimit { get; init; } = 10_000;

    /// <summary>How old half of a key has to be until it counts as left behind: an hour, far more than any token takes for one.</summary>
    public TimeSpan HalfMadeLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
