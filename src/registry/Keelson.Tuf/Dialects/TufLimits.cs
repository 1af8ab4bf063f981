namespace Keelson.Tuf;

/// <summary>How much a client reads and follows before it takes the repository for hostile.</summary>
public sealed record TufLimits
{
    /// <summary>The longest root: 512 KiB, about a thousand keys.</summary>
    public long RootBytes { get; init; } = 512 * 1024;

    /// <summary>The longest timestamp: 16 KiB in TUF 1.0, as python-tuf; 1 MiB in notary's dialect, as notary.</summary>
    public long TimestampBytes { get; init; } = 16 * 1024;

    /// <summary>The longest snapshot, when the timestamp does not say its length: 2 MB, as python-tuf; 100 MiB in notary's dialect, as notary.</summary>
    public long SnapshotBytes { get; init; } = 2_000_000;

    /// <summary>The longest targets, when the snapshot does not say their length: 5 MB, as python-tuf; 100 MiB in notary's dialect, as notary.</summary>
    public long TargetsBytes { get; init; } = 5_000_000;

    /// <summary>How many new roots one update follows: 256, as python-tuf.</summary>
    public int Roots { get; init; } = 256;

    /// <summary>How many roles are asked for one target: 32, as python-tuf.</summary>
    public int VisitedRoles { get; init; } = 32;

    /// <summary>The least average rate of a transfer once <see cref="RateGrace"/> is over: 1 KiB/s.</summary>
    public long MinimumBytesPerSecond { get; init; } = 1024;

    /// <summary>How long a transfer may be slower than that, and how long it may stand still: 10 s.</summary>
    public TimeSpan RateGrace { get; init; } = TimeSpan.FromSeconds(10);

    internal long BytesOf(string role) => role switch
    {
        TufRoles.Root => RootBytes,
        TufRoles.Timestamp => TimestampBytes,
        TufRoles.Snapshot => SnapshotBytes,
        _ => TargetsBytes,
    };
}
