namespace Keelson.Engine.Images;

/// <summary>When images are removed because the disk fills up. The names of the marks are the kubelet's.</summary>
public sealed record ImageGarbageOptions
{
    /// <summary>Use of the file system, in percent, above which images are removed; 0, the default, never removes any.</summary>
    public int HighThresholdPercent { get; init; }

    /// <summary>Use, in percent, below which the removing stops; 80 by default.</summary>
    public int LowThresholdPercent { get; init; } = 80;

    /// <summary>An image that was named or used within this time stays; two minutes by default.</summary>
    public TimeSpan MinimumAge { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>From one look at the disk to the next; five minutes by default.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Tells total and available bytes of the file system; what the kernel says by default.</summary>
    public Func<(long TotalBytes, long AvailableBytes)>? Measure { get; init; }

    /// <summary>Is told of each image that was removed: namespace, and what went.</summary>
    public Action<string, ImageRemoval>? Removed { get; init; }

    /// <summary>Is told of a look that failed; the next one comes all the same.</summary>
    public Action<Exception>? Failed { get; init; }
}
