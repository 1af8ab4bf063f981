using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Usage;

/// <summary>Counts pulls of manifests. What was counted is in memory until it is saved, at intervals and at the stop: a crash loses what came after the last time.</summary>
/// <remarks>
/// The file of a repository, <c>.keelson/pulls/NAME/_counts</c>, has a line for each manifest: digest, how often, and when last in seconds since 1970. It is read, added to and
/// written while the repository is held, and leaves out manifests that the repository no longer has.
/// </remarks>
internal sealed class PullLedger(IStorageDriver driver, ManifestStore manifests, TimeProvider time) : IDisposable
{
    /// <summary>Longest file: some 150,000 manifests.</summary>
    private const int LimitBytes = 16 << 20;

    private readonly SemaphoreSlim saving = new(1, 1);
    private readonly ConcurrentDictionary<(string Repository, Digest Digest), Counter> counters = new();

    /// <summary>Counts a pull.</summary>
    public void Count(string repository, Digest digest)
    {
        while (true)
        {
            Counter counter = counters.GetOrAdd((repository, digest), static _ => new());
            if (Interlocked.Increment(ref counter.Count) <= 0) continue; // It is being removed.
            Volatile.Write(ref counter.LastTicks, time.GetUtcNow().UtcTicks);
            return;
        }
    }

    /// <summary>The pulls of a repository's manifests.</summary>
    public async Task<Dictionary<Digest, PullCount>> ReadAsync(string repository, CancellationToken cancel)
    {
        Dictionary<Digest, PullCount> counts = await LoadAsync(repository, cancel).ConfigureAwait(false);
        foreach (((string of, Digest digest), Counter counter) in counters)
            if (of == repository && Interlocked.Read(ref counter.Count) is var count and > 0) counts[digest] = counts.GetValueOrDefault(digest).And(new(count, counter.Last));
        return counts;
    }

    /// <summary>Writes down what was counted.</summary>
    /// <exception cref="KeelsonException">Some of it could not be written; it is tried again the next time.</exception>
    public async Task SaveAsync(CancellationToken cancel)
    {
        await saving.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            (string Repository, KeelsonException Error)? failed = null;
            foreach (IGrouping<string, (string Repository, Digest Digest)> repository in counters.Keys.GroupBy(key => key.Repository, StringComparer.Ordinal))
            {
                try
                {
                    await SaveAsync(repository.Key, repository, cancel).ConfigureAwait(false);
                }
                catch (KeelsonException e)
                {
                    failed ??= (repository.Key, e);
                }
            }
            if (failed is { } first) throw new KeelsonException(first.Error.Kind, $"write down the pulls of {first.Repository}", first.Error);
        }
        finally
        {
            saving.Release();
        }
    }

    /// <summary>Forgets the pulls of a repository, for whoever holds it.</summary>
    public ValueTask<bool> ForgetAsync(string repository)
    {
        foreach ((string Repository, Digest Digest) key in counters.Keys)
            if (key.Repository == repository) _ = Take(key);
        return driver.RemoveAsync(StorePaths.Pulls(repository));
    }

    public void Dispose() => saving.Dispose();

    private async Task SaveAsync(string repository, IEnumerable<(string Repository, Digest Digest)> keys, CancellationToken cancel)
    {
        await using IRegistryLock held = await manifests.EnterAsync(repository, cancel).ConfigureAwait(false);
        Dictionary<Digest, PullCount> fresh = [];
        foreach ((string Repository, Digest Digest) key in keys)
            if (Take(key) is { Count: > 0 } taken) fresh[key.Digest] = taken;
        if (fresh.Count == 0) return;
        try
        {
            Dictionary<Digest, PullCount> counts = await LoadAsync(repository, cancel).ConfigureAwait(false);
            foreach ((Digest digest, PullCount count) in fresh) counts[digest] = counts.GetValueOrDefault(digest).And(count);
            StringBuilder text = new();
            foreach ((Digest digest, PullCount count) in counts)
                if (text.Length < LimitBytes - 200 && await manifests.HasAsync(repository, digest, cancel).ConfigureAwait(false))
                    text.Append(CultureInfo.InvariantCulture, $"{digest} {count.Count} {count.Last.ToUnixTimeSeconds()}\n");
            if (text.Length > 0) await driver.WriteAsync(StorePaths.Pulls(repository), Encoding.ASCII.GetBytes(text.ToString()), CancellationToken.None).ConfigureAwait(false);
            else await driver.RemoveAsync(StorePaths.Pulls(repository), CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            // Back to where it came from.
            foreach ((Digest digest, PullCount count) in fresh) Return((repository, digest), count);
            throw;
        }
    }

    private async Task<Dictionary<Digest, PullCount>> LoadAsync(string repository, CancellationToken cancel)
    {
        Dictionary<Digest, PullCount> counts = [];
        if (await driver.ReadAsync(StorePaths.Pulls(repository), LimitBytes, cancel).ConfigureAwait(false) is not { } content) return counts;
        foreach (string line in Encoding.ASCII.GetString(content.Span).Split('\n'))
        {
            string[] words = line.Split(' ');
            // A line that says nothing, as a disk may leave it, is passed over.
            if (words.Length == 3 && Digest.TryParse(words[0], out Digest digest) && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long count)
                && long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds < 253_402_300_800)
                counts[digest] = new(count, DateTimeOffset.FromUnixTimeSeconds(seconds));
        }
        return counts;
    }

    /// <summary>Takes what a counter has, and removes one that has had nothing since the last time.</summary>
    private PullCount Take((string Repository, Digest Digest) key)
    {
        if (!counters.TryGetValue(key, out Counter? counter)) return default;
        PullCount taken = new(Interlocked.Exchange(ref counter.Count, 0), counter.Last);
        // From then on it stays below zero whatever is added, and who adds tries again with another one.
        if (taken.Count == 0 && Interlocked.CompareExchange(ref counter.Count, Counter.Removed, 0) == 0) counters.TryRemove(key, out _);
        return taken;
    }

    private void Return((string Repository, Digest Digest) key, PullCount count)
    {
        while (true)
        {
            Counter counter = counters.GetOrAdd(key, static _ => new());
            if (Interlocked.Add(ref counter.Count, count.Count) <= 0) continue;
            if (counter.Last < count.Last) Volatile.Write(ref counter.LastTicks, count.Last.UtcTicks);
            return;
        }
    }

    private sealed class Counter
    {
        public const long Removed = long.MinValue / 2;

        public long Count, LastTicks;

        public DateTimeOffset Last => new(Volatile.Read(ref LastTicks), TimeSpan.Zero);
    }
}
