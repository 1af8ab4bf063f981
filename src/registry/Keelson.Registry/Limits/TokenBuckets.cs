using Keelson.Registry.Store;

namespace Keelson.Registry.Limits;

/// <summary>A bucket of tokens for each name: full at first, filled up at a rate, one token for each use. The number of buckets is limited.</summary>
/// <remarks>System.Threading.RateLimiting has no limit of partitions and a clock of its own.</remarks>
internal sealed class TokenBuckets(RateLimit limit, int count, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly LruCache<string, Bucket> buckets = new(count);

    /// <summary>Takes a token.</summary>
    /// <returns>How long there is none; <see langword="null"/>: it was taken.</returns>
    public TimeSpan? TryTake(string name)
    {
        long now = time.GetUtcNow().UtcTicks;
        lock (gate)
        {
            if (!buckets.TryGet(name, out Bucket? bucket)) buckets.Set(name, bucket = new() { Tokens = limit.Burst, At = now });
            // A clock that was set back fills nothing.
            bucket.Tokens = Math.Min(limit.Burst, bucket.Tokens + Math.Max(0, now - bucket.At) / (double)TimeSpan.TicksPerSecond * limit.PerSecond);
            bucket.At = now;
            if (bucket.Tokens < 1) return TimeSpan.FromSeconds(Math.Min((1 - bucket.Tokens) / limit.PerSecond, 3600));
            bucket.Tokens--;
            return null;
        }
    }

    private sealed class Bucket
    {
        public double Tokens;
        public long At;
    }
}
