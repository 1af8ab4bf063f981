using Keelson.Oci;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Limits;

/// <summary>Refuses what is more than repositories, or the registry, may hold.</summary>
/// <remarks>
/// Room is taken before something is stored and given back when it was, since it counts by itself then: two pushes at once cannot both have the last of it.
/// The refusal is 403 DENIED, whose message clients show and which none of them tries again, as they do with 429.
/// </remarks>
internal sealed class QuotaKeeper(IReadOnlyList<QuotaRule> rules, long registryBytes, UsageIndex usage)
{
    /// <summary>The keeper of a registry; <see langword="null"/>: nothing is limited.</summary>
    public static QuotaKeeper? Of(RegistryOptions options, UsageIndex usage) => options.Quotas.Count > 0 || options.QuotaBytes < long.MaxValue ? new(options.Quotas, options.QuotaBytes, usage) : null;

    /// <summary>Takes room for a blob or manifest.</summary>
    /// <returns>To be disposed when it was stored, or not.</returns>
    /// <exception cref="RegistryFault">DENIED: there is none.</exception>
    public async ValueTask<Share> TakeAsync(string repository, Digest digest, bool isManifest, long bytes, CancellationToken cancel)
    {
        Share share = new(bytes);
        try
        {
            if (LimitOf(repository) is var limit and < long.MaxValue)
                share.Take(await usage.OfAsync(repository, cancel).ConfigureAwait(false), digest, isManifest, limit, $"{repository} may hold {limit} bytes");
            if (registryBytes < long.MaxValue)
                share.Take(await usage.OfAllAsync(cancel).ConfigureAwait(false), digest, false, registryBytes, $"the registry may hold {registryBytes} bytes");
            return share;
        }
        catch
        {
            share.Dispose();
            throw;
        }
    }

    /// <summary>How many bytes a repository may still be given.</summary>
    public async ValueTask<long> LeftAsync(string repository, CancellationToken cancel)
    {
        long left = long.MaxValue;
        if (LimitOf(repository) is var limit and < long.MaxValue) left = (await usage.OfAsync(repository, cancel).ConfigureAwait(false)).Left(limit);
        if (registryBytes < long.MaxValue) left = Math.Min(left, (await usage.OfAllAsync(cancel).ConfigureAwait(false)).Left(registryBytes));
        return left;
    }

    /// <summary>Most bytes that a repository may have at all.</summary>
    public long ByteLimit(string repository) => Math.Min(LimitOf(repository), registryBytes);

    /// <summary>Most tags of a repository.</summary>
    public int TagLimit(string repository) => rules.Where(rule => rule.IsAbout(repository)).Select(rule => rule.Tags).DefaultIfEmpty(int.MaxValue).Min();

    /// <summary>The refusal.</summary>
    public static RegistryFault Exceeded(string what) => new(RegistryErrorCode.Denied, $"quota exceeded: {what}");

    private long LimitOf(string repository) => rules.Where(rule => rule.IsAbout(repository)).Select(rule => rule.Bytes).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>Room that was taken.</summary>
    internal sealed class Share(long bytes) : IDisposable
    {
        private readonly List<RepositoryUsage> taken = [];

        public void Take(RepositoryUsage place, Digest digest, bool isManifest, long limit, string what)
        {
            // What is there already costs nothing.
            if (place.Has(digest, isManifest)) return;
            if (!place.TryReserve(bytes, limit)) throw Exceeded($"{what}, of which {place.Bytes} are taken, and {bytes} more are pushed");
            taken.Add(place);
        }

        public void Dispose()
        {
            foreach (RepositoryUsage place in taken) place.Release(bytes);
            taken.Clear();
        }
    }
}
