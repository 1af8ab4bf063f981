using Keelson.Content;

namespace Keelson.Engine.Images;

/// <summary>Removes images that no container uses while the disk is fuller than it should be, those first that were not used for the longest time.</summary>
public sealed class ImageGarbage : IAsyncDisposable
{
    private readonly ContainerEngine engine;
    private readonly ImageGarbageOptions options;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    /// <summary>Begins to look at the disk; does nothing while <see cref="ImageGarbageOptions.HighThresholdPercent"/> is 0.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a mark is no percentage, or the low one is above the high one.</exception>
    public ImageGarbage(ContainerEngine engine, ImageGarbageOptions options)
    {
        if (options.HighThresholdPercent is < 0 or > 100 || options.LowThresholdPercent is < 0 or > 100 || options.HighThresholdPercent > 0 && options.LowThresholdPercent > options.HighThresholdPercent
            || options.Interval <= TimeSpan.Zero || options.MinimumAge < TimeSpan.Zero)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"remove images by use of the disk: from {options.HighThresholdPercent} % to {options.LowThresholdPercent} % every {options.Interval} is out of range");
        this.engine = engine;
        this.options = options;
        time = engine.Database.Options.Time;
        loop = options.HighThresholdPercent == 0 ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Looks at the disk once, and removes what has to go.</summary>
    /// <returns>How many images were removed.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancel = default)
    {
        if (options.HighThresholdPercent == 0 || UsedPercent() <= options.HighThresholdPercent) return 0;
        int removed = 0;
        foreach ((string space, string name, _) in Candidates())
        {
            cancel.ThrowIfCancellationRequested();
            if (UsedPercent() <= options.LowThresholdPercent) break;
            try
            {
                ImageRemoval removal = await engine.Images.RemoveAsync(space, name, cancel: cancel).ConfigureAwait(false);
                await engine.Snapshots.CleanupAsync(cancel).ConfigureAwait(false);
                options.Removed?.Invoke(space, removal);
                removed++;
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
            {
                // Somebody was faster, or began to use it.
            }
        }
        return removed;
    }

    /// <summary>Stops after the image that is being removed.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    /// <summary>Names of images that may go, the longest unused first. Those in use are found out when they are removed.</summary>
    private IEnumerable<(string Space, string Name, DateTimeOffset Used)> Candidates()
    {
        DateTimeOffset latest = time.GetUtcNow() - options.MinimumAge;
        MetadataView view = engine.Database.View();
        return
        [
            .. view.Namespaces.SelectMany(space => view.Images(space).Select(image => (Space: space, image.Name, Used: engine.Images.LastUsed(space, image))))
                .Where(image => image.Used <= latest).OrderBy(image => image.Used),
        ];
    }

    private double UsedPercent()
    {
        (long total, long available) = options.Measure is { } measure ? measure() : Disk();
        return total <= 0 ? 0 : 100.0 * (total - available) / total;
    }

    private (long Total, long Available) Disk()
    {
        DriveInfo disk = new(engine.Options.Root);
        return (disk.TotalSize, disk.AvailableFreeSpace);
    }

    private async Task RunAsync()
    {
        using PeriodicTimer timer = new(options.Interval, time);
        while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
            try
            {
                await RunOnceAsync(stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is KeelsonException or IOException)
            {
                options.Failed?.Invoke(e);
            }
    }
}
