using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>Synchronises a registry with its upstreams while it serves.</summary>
/// <param name="registry">The registry, which stays the caller's.</param>
/// <param name="rules">What is copied, and how often.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of it.</param>
public sealed class Synchronisation(RegistryServer registry, IReadOnlyList<SyncRule> rules, TimeProvider time, ILogger logger)
{
    /// <summary>The wait after a round in which something failed; it doubles with each, up to the rule's own.</summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(30);

    /// <summary>Does round after round until it is stopped; the first ones at once.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(rules.Where(rule => rule.Interval > TimeSpan.Zero).Select(rule => RepeatAsync(rule, stop)));

    private async Task RepeatAsync(SyncRule rule, CancellationToken stop)
    {
        TimeSpan delay = FirstDelay;
        try
        {
            while (true)
            {
                bool isWhole = await TryAsync(rule, stop).ConfigureAwait(false);
                delay = isWhole ? FirstDelay : delay * 2;
                await Task.Delay(isWhole || delay / 2 > rule.Interval ? rule.Interval : delay / 2, time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }

    private async Task<bool> TryAsync(SyncRule rule, CancellationToken stop)
    {
        try
        {
            return (await registry.SynchroniseAsync(rule, stop).ConfigureAwait(false)).Failed == 0;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.TidyingFailed($"synchronise with upstream {rule.Upstream}", e);
            return false;
        }
    }
}
