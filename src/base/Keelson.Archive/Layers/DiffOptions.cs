namespace Keelson.Archive;

/// <summary>How a layer is written.</summary>
public sealed record DiffOptions
{
    /// <summary>How the layer is compressed. gzip, which every registry and engine takes.</summary>
    public CompressionKind Compression { get; init; } = CompressionKind.Gzip;

    /// <summary>1 to 9 for gzip, 1 to 19 for zstd; 0, the default, is 6 and 3.</summary>
    public int Level { get; init; }

    /// <summary>Whether times keep the parts of seconds. No, as containerd: an extended header for every entry makes layers larger.</summary>
    public bool KeepsSubSeconds { get; init; }

    /// <summary>What the owners in the tree become; see <see cref="ExtractOptions.UidMap"/>, whose ranges are taken the other way round.</summary>
    public IReadOnlyList<IdRange> UidMap { get; init; } = [];

    /// <summary>What the groups in the tree become.</summary>
    public IReadOnlyList<IdRange> GidMap { get; init; } = [];
}
