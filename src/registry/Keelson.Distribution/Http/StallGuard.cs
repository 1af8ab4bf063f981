namespace Keelson.Distribution;

/// <summary>Ends a transfer on which nothing moves for some time.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly TimeSpan limit;
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource source;
    private readonly CancellationTokenRegistration registration;

    public StallGuard(RegistryClientOptions options, CancellationToken caller)
    {
        (limit, this.caller) = (options.StallTimeout, caller);
        source = new CancellationTokenSource(limit, options.Time);
        registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
    }

    /// <summary>For the calls that may stall.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Whether it was the time that ended the transfer, not the caller.</summary>
    public bool IsStalled => source.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>Something moved.</summary>
    public void Touch() => source.CancelAfter(limit);

    /// <summary>Nothing is awaited for now.</summary>
    public void Pause() => source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Whether the guard is for this caller and can be used once more.</summary>
    public bool IsFor(CancellationToken other) => other == caller && !source.IsCancellationRequested;

    public void Dispose()
    {
        registration.Dispose();
        source.Dispose();
    }
}
