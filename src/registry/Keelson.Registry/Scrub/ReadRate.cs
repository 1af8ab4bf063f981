namespace Keelson.Registry.Scrub;

/// <summary>Slows reading down to so many bytes a second.</summary>
internal sealed class ReadRate(long bytesPerSecond, TimeProvider time)
{
    private readonly long start = time.GetTimestamp();
    private long bytes;

    /// <summary>Waits until so many more bytes are due.</summary>
    public async ValueTask SpendAsync(int count, CancellationToken cancel)
    {
        if (bytesPerSecond <= 0) return;
        bytes += count;
        TimeSpan due = TimeSpan.FromSeconds((double)bytes / bytesPerSecond) - time.GetElapsedTime(start);
        if (due > TimeSpan.Zero) await Task.Delay(due, time, cancel).ConfigureAwait(false);
    }
}
