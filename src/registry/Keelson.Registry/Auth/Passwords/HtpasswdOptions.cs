using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>Limits of <see cref="HtpasswdFile"/>.</summary>
public sealed record HtpasswdOptions
{
    /// <summary>How many passwords are checked at once; the rest waits. Half of the processors by default, at least one: a flood of logins must not take them all.</summary>
    public int Concurrency { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>How many may wait; who comes then is turned away with Unavailable. 256 by default: some 15 s of work for one processor at the usual cost.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>How many credentials that were right are remembered, 112 bytes each. 10,000 by default.</summary>
    public int CacheSize { get; init; } = 10_000;

    /// <summary>How long. An hour by default; a change of the file ends it at once.</summary>
    public TimeSpan CacheLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Is told when a changed file cannot be used.</summary>
    public ILogger? Log { get; init; }
}
