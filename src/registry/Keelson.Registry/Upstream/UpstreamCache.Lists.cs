using Keelson.Distribution;
using Keelson.Oci;
using Keelson.Registry.Store;

namespace Keelson.Registry.Upstream;

/// <content>Lists of tags and referrers.</content>
internal sealed partial class UpstreamCache
{
    /// <summary>Most tags that are taken from an upstream's list, and of all lists that are kept together.</summary>
    private const int TagLimit = 100_000, KeptTagLimit = 1_000_000;

    /// <summary>Most referrers that are taken from an upstream's list, and of all lists that are kept together.</summary>
    private const int ReferrerLimit = 1_000, KeptReferrerLimit = 10_000;

    private readonly LruCache<string, (IReadOnlyList<string> Names, DateTimeOffset Until)> tagLists = new(KeptTagLimit);
    private readonly LruCache<(string Repository, Digest Subject), (IReadOnlyList<Descriptor> Referrers, DateTimeOffset Until)> referrerLists = new(KeptReferrerLimit);
    private readonly SingleFlight<string, IReadOnlyList<string>> tagListFlights = new();
    private readonly SingleFlight<(string Repository, Digest Subject), IReadOnlyList<Descriptor>> referrerFlights = new();

    /// <summary>The tags of a repository, those of its upstream among them. When the upstream does not answer they are those that are here.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="here">Those that are here; <see langword="null"/>: there is no such repository here.</param>
    /// <param name="cancel">Gives up.</param>
    public async ValueTask<(TagIndex? Tags, string? Warning)> TagsAsync(string repository, TagIndex? here, CancellationToken cancel)
    {
        if (Find(repository) is not { } route) return (here, null);
        IReadOnlyList<string> there;
        try
        {
            there = tagLists.TryGet(repository, out (IReadOnlyList<string> Names, DateTimeOffset Until) kept) && kept.Until > time.GetUtcNow() ? kept.Names
                : await tagListFlights.RunAsync(repository, stop => AskTagsAsync(route, repository, stop), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.IsAbsence(route.Upstream, logger))
        {
            there = [];
        }
        catch (KeelsonException e)
        {
            RegistryFault fault = e.ToFault(route.Upstream, logger);
            return here is null ? throw fault : (here, Incomplete(fault));
        }
        if (there.Count == 0) return (here, null);
        Dictionary<string, TagEntry> merged = [];
        foreach (string tag in there) merged[tag] = new(tag, default, default);
        foreach (TagEntry tag in here?.List("", int.MaxValue, out _) ?? [])
        {
            // A cached one that the upstream does not list any more is one no more.
            if (merged.ContainsKey(tag.Name) || (await manifests.InspectTagAsync(repository, tag.Name, cancel).ConfigureAwait(false)).Origin != Origin.Cached) merged[tag.Name] = tag;
        }
        return (new([.. merged.Values]), null);
    }

    /// <summary>What is attached to a manifest, here and at the upstream, by digests. When the upstream does not answer it is what is here.</summary>
    public async ValueTask<(IReadOnlyList<Descriptor> Referrers, string? Warning)> ReferrersAsync(string repository, Digest subject, IReadOnlyList<Descriptor> here, CancellationToken cancel)
    {
        if (Find(repository) is not { } route) return (here, null);
        try
        {
            IReadOnlyList<Descriptor> there = referrerLists.TryGet((repository, subject), out (IReadOnlyList<Descriptor> Referrers, DateTimeOffset Until) kept) && kept.Until > time.GetUtcNow() ? kept.Referrers
                : await referrerFlights.RunAsync((repository, subject), stop => AskReferrersAsync(route, repository, subject, stop), cancel).ConfigureAwait(false);
            if (there.Count == 0) return (here, null);
            return ([.. here.Concat(there).DistinctBy(referrer => referrer.Digest).OrderBy(referrer => referrer.Digest.ToString(), StringComparer.Ordinal)], null);
        }
        catch (KeelsonException e) when (e.IsAbsence(route.Upstream, logger))
        {
            return (here, null);
        }
        catch (KeelsonException e)
        {
            return (here, Incomplete(e.ToFault(route.Upstream, logger)));
        }
    }

    private async Task<IReadOnlyList<string>> AskTagsAsync(UpstreamRoute route, string repository, CancellationToken cancel)
    {
        UpstreamRegistry upstream = route.Upstream;
        List<string> names = await upstream.AskAsync(async stop => await upstream.Client.ListTagsAsync(route.Remote, stop).Take(TagLimit).ToListAsync(stop).ConfigureAwait(false), cancel).ConfigureAwait(false);
        tagLists.Set(repository, (names, time.GetUtcNow() + upstream.Options.TagLifetime), names.Count + 1);
        return names;
    }

    private async Task<IReadOnlyList<Descriptor>> AskReferrersAsync(UpstreamRoute route, string repository, Digest subject, CancellationToken cancel)
    {
        UpstreamRegistry upstream = route.Upstream;
        List<Descriptor> found = await upstream.AskAsync(
            async stop => await upstream.Client.ListReferrersAsync(route.Remote, subject, null, stop).Take(ReferrerLimit).ToListAsync(stop).ConfigureAwait(false), cancel).ConfigureAwait(false);
        referrerLists.Set((repository, subject), (found, time.GetUtcNow() + upstream.Options.TagLifetime), found.Count + 1);
        return found;
    }

    private static string Incomplete(RegistryFault fault) => $"299 - \"{fault.Message}: the list has what is here\"";
}
