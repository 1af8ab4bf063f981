using Keelson.Notary.Stores;
using Keelson.Tuf;
using Microsoft.Extensions.Logging;

namespace Keelson.Notary.Server;

/// <summary>Makes what the server signs anew before it expires, so that nobody who reads waits for a signature, and a collection that nobody publishes to stays fresh.</summary>
internal sealed class OnlineRenewal(ITrustStore store, Publisher publisher, NotaryServerOptions options, ILogger logger)
{
    private const int Page = 500;

    /// <summary>How much of a lifetime is left when something is made anew: a third, but all that remains between two rounds at least.</summary>
    private const int Share = 3;

    /// <summary>How often all collections are looked at: six times before a timestamp could expire unseen, and each hour at least.</summary>
    private TimeSpan Pause => TimeSpan.FromTicks(Math.Min(TimeSpan.FromHours(1).Ticks, options.TimestampLifetime.Ticks / Share / 6));

    /// <summary>Goes round until it is asked to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await RoundAsync(stop).ConfigureAwait(false);
                await Task.Delay(Pause, options.Time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>Looks at all collections once.</summary>
    public async Task RoundAsync(CancellationToken stop)
    {
        DateTimeOffset now = options.Time.GetUtcNow();
        string last = "";
        while (true)
        {
            IReadOnlyList<string> guns;
            try
            {
                guns = await store.ListAsync(last, Page, stop).ConfigureAwait(false);
            }
            catch (KeelsonException e)
            {
                logger.RenewalFailed("all collections", e);
                return;
            }
            foreach (string gun in guns) await RenewAsync(gun, now, stop).ConfigureAwait(false);
            if (guns.Count < Page) return;
            last = guns[^1];
        }
    }

    private async Task RenewAsync(string gun, DateTimeOffset now, CancellationToken stop)
    {
        try
        {
            if (await publisher.RenewAsync(gun, role => now + (role == TufRoles.Snapshot ? options.SnapshotLifetime : options.TimestampLifetime) / Share, stop).ConfigureAwait(false) is null) logger.CannotRenew(gun);
        }
        catch (NotaryFault e) when (e.Code == "VERSION")
        {
            // Another process did it.
        }
        catch (Exception e) when (e is KeelsonException or NotaryFault)
        {
            logger.RenewalFailed(gun, e);
        }
    }
}
