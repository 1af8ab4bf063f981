using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Events;
using Keelson.Registry.Garbage;
using Keelson.Registry.Store;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Retention;

/// <summary>Takes from repositories what their policies do not keep, each while it is held. What only they had goes with the next collection.</summary>
internal sealed class RetentionKeeper(ManifestStore manifests, RegistryCollector collector, RepositoryCatalog catalog, PullLedger pulls, IReadOnlyList<IRegistryObserver> observers, TimeProvider time)
{
    /// <summary>Who asked, in events: no client.</summary>
    private const string UserAgent = "keelson-retention";

    /// <summary>Goes through all repositories once.</summary>
    public async Task<RetentionReport> KeepAsync(RetentionOptions options, Func<string, string, bool>? isImmutable, CancellationToken cancel)
    {
        List<(string, string, Digest)> tags = [];
        List<(string, Digest)> gone = [];
        if (options.Policies.Count == 0) return new(tags, gone);
        await foreach ((string repository, bool hasManifests) in catalog.WalkAsync(cancel).ConfigureAwait(false))
            if (hasManifests && options.Policies.FirstOrDefault(policy => policy.IsAbout(repository)) is { } policy)
                await KeepAsync(repository, policy, options, isImmutable, tags, gone, cancel).ConfigureAwait(false);
        return new(tags, gone);
    }

    private async Task KeepAsync(string repository, RetentionPolicy policy, RetentionOptions options, Func<string, string, bool>? isImmutable, List<(string, string, Digest)> tags, List<(string, Digest)> gone,
        CancellationToken cancel)
    {
        // Read before the repository is held, so that nobody waits for the disk.
        await collector.ReadAsync(repository, [], cancel).ConfigureAwait(false);
        await using IRegistryLock held = await manifests.EnterAsync(repository, cancel).ConfigureAwait(false);
        Dictionary<Digest, StoredManifest> known = [];
        // What a damaged manifest refers to nobody knows: then manifests stay.
        bool isWhole = await collector.ReadAsync(repository, known, cancel).ConfigureAwait(false);
        List<TagEntry> standing = await manifests.TagListAsync(repository, cancel).ConfigureAwait(false);
        bool IsFixed(string tag) => isImmutable?.Invoke(repository, tag) == true;
        async ValueTask DropAsync(TagEntry tag)
        {
            if (!options.IsTrial) await manifests.DropTagAsync(held, repository, tag.Name, cancel).ConfigureAwait(false);
            standing.Remove(tag);
            tags.Add((repository, tag.Name, tag.Digest));
            if (!options.IsTrial) await TellAsync(repository, null, tag.Name).ConfigureAwait(false);
        }
        foreach (TagEntry tag in RetentionPlan.Unwanted(policy, standing, await pulls.ReadAsync(repository, cancel).ConfigureAwait(false), IsFixed, time.GetUtcNow())) await DropAsync(tag).ConfigureAwait(false);
        if (!isWhole) return;
        if (policy.RemovesUntagged)
        {
            HashSet<Digest> reachable = RegistryCollector.Reach(known, standing.Select(tag => tag.Digest));
            foreach (Digest digest in known.Keys.Where(digest => !reachable.Contains(digest)).ToList()) await ReleaseAsync(held, repository, known, digest, options, gone, cancel).ConfigureAwait(false);
        }
        if (!policy.RemovesReferrers) return;
        foreach (TagEntry tag in standing.Where(tag => RetentionPlan.SubjectOf(tag.Name) is { } subject && !known.ContainsKey(subject) && !IsFixed(tag.Name) && time.GetUtcNow() - tag.Modified >= options.Delay).ToList())
        {
            await DropAsync(tag).ConfigureAwait(false);
            if (standing.TrueForAll(other => other.Digest != tag.Digest)) await ReleaseAsync(held, repository, known, tag.Digest, options, gone, cancel).ConfigureAwait(false);
        }
        HashSet<Digest> tagged = [.. standing.Select(tag => tag.Digest)];
        // What is attached to something attached that goes has lost its subject then.
        for (bool wentOn = true; wentOn;)
        {
            wentOn = false;
            foreach (StoredManifest manifest in known.Values.Where(manifest => manifest.Subject is { } subject && !known.ContainsKey(subject.Digest) && !tagged.Contains(manifest.Digest)).ToList())
                wentOn |= await ReleaseAsync(held, repository, known, manifest.Digest, options, gone, cancel).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> ReleaseAsync(IRegistryLock held, string repository, Dictionary<Digest, StoredManifest> known, Digest digest, RetentionOptions options, List<(string, Digest)> gone, CancellationToken cancel)
    {
        if (!known.TryGetValue(digest, out StoredManifest? manifest) || !await manifests.ReleaseAsync(held, repository, manifest, options.Delay, options.IsTrial, cancel).ConfigureAwait(false)) return false;
        known.Remove(digest);
        gone.Add((repository, digest));
        if (!options.IsTrial) await TellAsync(repository, digest, "").ConfigureAwait(false);
        return true;
    }

    private async ValueTask TellAsync(string repository, Digest? digest, string tag)
    {
        if (observers.Count == 0) return;
        RegistryEvent removed = new()
        {
            Action = EventAction.Delete,
            Time = time.GetUtcNow(),
            Repository = repository,
            Digest = digest,
            Tag = tag,
            Request = new(Guid.NewGuid().ToString(), "", "", "", UserAgent),
        };
        foreach (IRegistryObserver observer in observers) await observer.HearAsync(removed).ConfigureAwait(false);
    }
}
