using Keelson.Registry.Retention;
using Keelson.Registry.Scrub;

namespace Keelson.Registry.Garbage;

/// <summary>When a registry tidies up.</summary>
public sealed record HousekeepingOptions
{
    /// <summary>How often pushes that nobody went on with are given up: every 24 hours, as distribution. Zero: never.</summary>
    public TimeSpan UploadInterval { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How often garbage is collected: every 6 hours. Zero: never.</summary>
    public TimeSpan GarbageInterval { get; init; } = TimeSpan.FromHours(6);

    /// <summary>What is garbage.</summary>
    public GarbageOptions Garbage { get; init; } = new();

    /// <summary>How often what policies do not keep is removed: every hour. Zero: never.</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What is kept; everything by default.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>How often the pulls that were counted are written down: every minute. Zero: never.</summary>
    public TimeSpan PullInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the store is looked through. Zero, the default: never.</summary>
    public TimeSpan ScrubInterval { get; init; }

    /// <summary>How it is looked through.</summary>
    public ScrubOptions Scrub { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
