using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>How an <see cref="ImagePuller"/> works.</summary>
public sealed record PullOptions
{
    /// <summary>Which image of an index is wanted; the machine's own by default.</summary>
    public PlatformMatcher Platform { get; init; } = new(Oci.Platform.Current);

    /// <summary>Whether all images of an index are wanted, and <see cref="Platform"/> does not matter.</summary>
    public bool AllPlatforms { get; init; }

    /// <summary>Layers at the same time; 3, as containerd.</summary>
    public int Parallelism { get; init; } = 3;

    /// <summary>Connections for one layer, where the registry serves ranges; 1 asks for no ranges. 4 by default.</summary>
    public int RangesPerLayer { get; init; } = 4;

    /// <summary>The size from which a layer comes in ranges; 32 MiB by default. Below it the setting up costs more than it brings.</summary>
    public long RangeThresholdBytes { get; init; } = 32 << 20;

    /// <summary>The buffers of ranges, where several pullers are to share them; the puller's own by default.</summary>
    public RangeBuffers? Buffers { get; init; }

    /// <summary>Takes layers while they come; nobody by default.</summary>
    public ILayerConsumer? Consumer { get; init; }

    /// <summary>Hears what happens; called by the threads that do the work, so it must return at once.</summary>
    public IProgress<TransferEvent>? Progress { get; init; }
}
