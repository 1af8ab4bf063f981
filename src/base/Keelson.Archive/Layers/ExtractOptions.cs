using Keelson.Linux;

namespace Keelson.Archive;

/// <summary>How a layer is extracted.</summary>
public sealed record ExtractOptions
{
    /// <summary>How the layer is compressed; <see langword="null"/>, the default, finds out.</summary>
    public CompressionKind? Compression { get; init; }

    /// <summary>What whiteouts become: they remove, unless told otherwise.</summary>
    public WhiteoutMode Whiteouts { get; init; }

    /// <summary>Whether it is an error to put a directory where something else is, or something else where a directory is.</summary>
    public bool KeepsKinds { get; init; }

    /// <summary>Whether the root keeps its owner, mode and times, whatever the archive says of it.</summary>
    public bool KeepsRoot { get; init; }

    /// <summary>Whether whiteouts become those of overlayfs.</summary>
    internal bool IsOverlay => Whiteouts is WhiteoutMode.Overlay or WhiteoutMode.OverlayUser;

    /// <summary>What the owners in the layer become; unchanged when empty. An owner outside of all ranges is an error.</summary>
    public IReadOnlyList<IdRange> UidMap { get; init; } = [];

    /// <summary>What the groups in the layer become; unchanged when empty.</summary>
    public IReadOnlyList<IdRange> GidMap { get; init; } = [];

    /// <summary>Whether owners and groups are set at all. Without, everything belongs to the caller.</summary>
    public bool ChangesOwner { get; init; } = true;

    /// <summary>What happens to device nodes: they are made, unless told otherwise.</summary>
    public DeviceRule Devices { get; init; }

    /// <summary>
    /// The trees below, the topmost first, open for reading. A directory that the layer does not list, but puts something into, takes owner, mode,
    /// attributes and times from the first that has it. For overlayfs, where the new directory stands in front of the lower one.
    /// </summary>
    public IReadOnlyList<FdHandle> Lowers { get; init; } = [];

    /// <summary>What the archive may hold. The end of the archive may be missing only where the caller checks the digest.</summary>
    public TarLimits Limits { get; init; } = TarLimits.Default;

    /// <summary>Most bytes of the layer after decompression; more is an error. No limit unless one is set.</summary>
    public long MostBytes { get; init; } = long.MaxValue;

    /// <summary>Whether the digest of the layer as it comes in is computed as well.</summary>
    public bool HashesInput { get; init; }

    /// <summary>Whether openat2(2) may be used; tests switch it off to see the way without.</summary>
    internal bool UsesOpenAt2 { get; init; } = true;
}
