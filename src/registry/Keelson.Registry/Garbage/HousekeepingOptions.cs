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

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
