using Keelson.Snapshots;

namespace Keelson.Engine;

/// <summary>What images and snapshots take, for metrics.</summary>
/// <param name="ContentBytes">Bytes of all content; what several namespaces share counts once.</param>
/// <param name="ContentBlobs">Blobs.</param>
/// <param name="IngestBytes">Bytes of content that is being written.</param>
/// <param name="Snapshots">By snapshotter: bytes and inodes.</param>
/// <param name="FileSystemBytes">Size of the file system that they are on.</param>
/// <param name="FileSystemAvailableBytes">What of it is free.</param>
public sealed record StorageUsage(
    long ContentBytes, long ContentBlobs, long IngestBytes, IReadOnlyDictionary<string, SnapshotUsage> Snapshots, long FileSystemBytes, long FileSystemAvailableBytes);
