namespace Keelson.Snapshots;

/// <summary>A snapshot as the index has it.</summary>
/// <param name="Id">Number of its directory, never used twice.</param>
/// <param name="Info">What others see.</param>
internal sealed record SnapshotRow(long Id, SnapshotInfo Info)
{
    /// <summary>What it took when it was committed.</summary>
    public SnapshotUsage Usage { get; init; }

    /// <summary>Its directory holds the whole tree: nothing below is mounted.</summary>
    public bool IsWhole { get; init; }

    public string Key => Info.Name;
}
