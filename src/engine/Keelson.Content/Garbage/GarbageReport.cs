namespace Keelson.Content;

/// <summary>What a collection did.</summary>
public sealed record GarbageReport
{
    /// <summary>What was removed from the metadata, and what resources of their own were told to remove.</summary>
    public IReadOnlyList<GarbageNode> Removed { get; init; } = [];

    /// <summary>Blobs whose files were removed; fewer than content, where other namespaces have it.</summary>
    public int RemovedBlobs { get; init; }

    /// <summary>Bytes of these files.</summary>
    public long RemovedBytes { get; init; }

    /// <summary>How long it took from beginning to end.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>How long other changes had to wait for it.</summary>
    public TimeSpan Paused { get; init; }

    /// <summary>Files that could not be removed. The next collection tries again.</summary>
    public IReadOnlyList<Exception> Failures { get; init; } = [];
}
