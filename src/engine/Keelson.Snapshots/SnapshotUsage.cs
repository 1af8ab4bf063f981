namespace Keelson.Snapshots;

/// <summary>What a snapshot takes on the disk.</summary>
/// <param name="SizeBytes">Blocks in use, in bytes; a file with several names counts once, a hole not at all.</param>
/// <param name="Inodes">Files, directories and all else, the root directory included.</param>
public readonly record struct SnapshotUsage(long SizeBytes, long Inodes);
