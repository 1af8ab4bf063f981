using Keelson.Distribution;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Store;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>Copies images of upstreams, with all that belongs to them.</summary>
/// <remarks>
/// Blobs come first, then the manifest that names them, then the index, then what is attached, and the tag last: whatever ends a round, a tag stands at an image that is whole. The next round finds what is
/// there and fetches the rest, a blob from the byte on that is missing.
/// </remarks>
internal sealed class Synchroniser(UpstreamSet upstreams, ManifestStore manifests, BlobStore blobs, BlobFetcher fetcher, ILogger logger)
{
    /// <summary>Most repositories that a wildcard stands for, tags of one, and things attached to one manifest.</summary>
    private const int RepositoryLimit = 100_000, TagLimit = 100_000, ReferrerLimit = 1_000;

    /// <summary>Indexes in one another, and things attached to what is attached.</summary>
    private const int MaxDepth = 8;

    /// <summary>Does what a rule says once. What fails is logged and counted; the rest goes on.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the rule names what there is not.</exception>
    public async Task<SyncReport> RunAsync(SyncRule rule, CancellationToken cancel)
    {
        UpstreamRegistry upstream = upstreams.All.FirstOrDefault(one => one.Name == rule.Upstream) ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"synchronise: there is no upstream '{rule.Upstream}'");
        SyncCount count = new();
        using SemaphoreSlim slots = new(Math.Max(1, rule.Parallelism));
        await foreach (string remote in RepositoriesAsync(rule, upstream, count, cancel).ConfigureAwait(false))
        {
            string? local = rule.Prefix is { } prefix ? (prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + "/") + remote : upstream.Local(remote);
            if (local is null || !RepositoryName.IsPath(local)) Fail(upstream, remote, "it has no name here", count);
            else await CopyRepositoryAsync(rule, new(upstream, upstream.Named(remote)), local, slots, count, cancel).ConfigureAwait(false);
        }
        SyncReport report = count.Report();
        logger.RoundEnded(upstream.Name, report.Copied, report.Unchanged, report.Kept, report.Failed, report.Blobs, report.Bytes);
        return report;
    }

    /// <summary>The repositories of a rule, by their names there.</summary>
    private async IAsyncEnumerable<string> RepositoriesAsync(SyncRule rule, UpstreamRegistry upstream, SyncCount count, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        RepositoryPattern[] patterns = [.. rule.Repositories.Select(RepositoryPattern.Parse)];
        HashSet<string> named = [.. patterns.Where(pattern => pattern.IsName).Select(pattern => pattern.Text)];
        foreach (string name in named) yield return name;
        if (named.Count == patterns.Length) yield break;
        List<string> all = [];
        try
        {
            all = await upstream.AskAsync(async stop => await upstream.ListAsync(stop).Take(RepositoryLimit).ToListAsync(stop).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            Fail(upstream, "its repositories", e.Message, count);
        }
        foreach (string name in all)
            if (!named.Contains(name) && patterns.Any(pattern => pattern.Matches(name))) yield return name;
    }

    private async Task CopyRepositoryAsync(SyncRule rule, UpstreamRoute route, string local, SemaphoreSlim slots, SyncCount count, CancellationToken cancel)
    {
        HashSet<string> tags;
        try
        {
            tags = await route.Upstream.AskAsync(async stop => await route.Upstream.Client.ListTagsAsync(route.Remote, stop).Take(TagLimit).ToHashSetAsync(cancellationToken: stop).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            Fail(route.Upstream, route.Remote.ToString(), e.Message, count);
            return;
        }
        SyncRound round = new(rule, route, local, tags, slots, count);
        TagFilter filter = new(rule);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Max(1, rule.Parallelism), CancellationToken = cancel };
        await Parallel.ForEachAsync(tags.Where(filter.Takes).Order(StringComparer.Ordinal), parallel, async (tag, stop) =>
        {
            try
            {
                await CopyTagAsync(round, tag, isAttached: false, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is KeelsonException or RegistryFault)
            {
                Fail(route.Upstream, $"{route.Remote}:{tag}", e.Message, count);
            }
        }).ConfigureAwait(false);
    }

    private async Task CopyTagAsync(SyncRound round, string tag, bool isAttached, CancellationToken cancel)
    {
        UpstreamRegistry upstream = round.Route.Upstream;
        Digest digest = (await upstream.AskAsync(stop => upstream.Client.ResolveAsync(new(round.Route.Remote, tag, default), stop), cancel).ConfigureAwait(false)).Digest;
        TagState state = await manifests.InspectTagAsync(round.Local, tag, cancel).ConfigureAwait(false);
        if (state is { Digest: not null, Origin: Origin.Pushed })
        {
            if (state.Digest != digest) logger.IsOurOwn(round.Local, tag, upstream.Name);
            round.Count.Kept();
            return;
        }
        if (round.Rule.OnlySigned && !isAttached && !await IsSignedAsync(round, digest, cancel).ConfigureAwait(false)) return;
        HashSet<Digest> copied = [];
        StoredManifest manifest = await CopyAsync(round, digest, copied, 0, cancel).ConfigureAwait(false);
        if (round.Rule.HasReferrers && !isAttached)
        {
            await CopyAttachedAsync(round, copied, cancel).ConfigureAwait(false);
            foreach (string attached in copied.SelectMany(round.AttachedTags).ToList()) await CopyTagAsync(round, attached, isAttached: true, cancel).ConfigureAwait(false);
        }
        if (state.Digest == digest && state.Origin == Origin.Synced)
        {
            await manifests.ConfirmTagAsync(round.Local, tag, cancel).ConfigureAwait(false);
            round.Count.Unchanged();
        }
        else if (await manifests.KeepAsync(round.Local, manifest, tag, Origin.Synced, cancel).ConfigureAwait(false))
        {
            logger.Synchronised(round.Local, tag, upstream.Name, digest);
            round.Count.Copied();
        }
        else
        {
            round.Count.Kept();
        }
    }

    /// <summary>Copies a manifest with its blobs, or an index with its manifests.</summary>
    private async Task<StoredManifest> CopyAsync(SyncRound round, Digest digest, HashSet<Digest> copied, int depth, CancellationToken cancel)
    {
        if (depth > MaxDepth) throw new KeelsonException(ErrorKind.InvalidArgument, $"synchronise {round.Route.Remote}@{digest}: it has more than {MaxDepth} indexes in one another");
        UpstreamRegistry upstream = round.Route.Upstream;
        StoredManifest? found = await manifests.FindAsync(round.Local, digest, cancel).ConfigureAwait(false);
        StoredManifest manifest = found ?? await FetchAsync(round, digest, cancel).ConfigureAwait(false);
        if (!copied.Add(digest)) return manifest;
        foreach (Descriptor child in manifest.Manifests.Where(child => Takes(round.Rule, child))) await CopyAsync(round, child.Digest, copied, depth + 1, cancel).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            await Parallel.ForEachAsync(manifest.Blobs.Where(blob => !MediaTypes.IsForeignLayer(blob.MediaType)).DistinctBy(blob => blob.Digest),
                new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, round.Rule.Parallelism), CancellationToken = cancel }, async (blob, stop) => await CopyBlobAsync(round, blob, stop).ConfigureAwait(false)).ConfigureAwait(false);
            if (found is not null && !await manifests.IsCachedAsync(round.Local, digest, cancel).ConfigureAwait(false)) return manifest;
            try
            {
                await manifests.KeepAsync(round.Local, manifest, null, Origin.Synced, cancel).ConfigureAwait(false);
                return manifest;
            }
            catch (RegistryFault e) when (e.Code == RegistryErrorCode.ManifestBlobUnknown && attempt == 1)
            {
                // One was collected while others came; it is fetched again.
            }
        }
    }

    private static async Task<StoredManifest> FetchAsync(SyncRound round, Digest digest, CancellationToken cancel)
    {
        UpstreamRegistry upstream = round.Route.Upstream;
        ManifestContent fetched = await upstream.AskAsync(stop => upstream.Client.FetchManifestAsync(new(round.Route.Remote, null, digest), stop), cancel).ConfigureAwait(false);
        return StoredManifest.Parse(digest, fetched.Content, fetched.Descriptor.MediaType);
    }

    private async Task CopyBlobAsync(SyncRound round, Descriptor blob, CancellationToken cancel)
    {
        if (await blobs.FindAsync(round.Local, blob.Digest, cancel).ConfigureAwait(false) is not null) return;
        await round.Slots.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            BlobFetch fetch = fetcher.Join(round.Route, round.Local, blob.Digest);
            try
            {
                await fetch.Done.WaitAsync(cancel).ConfigureAwait(false);
            }
            finally
            {
                await fetcher.LeaveAsync(fetch).ConfigureAwait(false);
            }
            round.Count.Blob(blob.Size);
        }
        finally
        {
            round.Slots.Release();
        }
    }

    /// <summary>Copies what is attached to manifests, and to what is attached.</summary>
    private async Task CopyAttachedAsync(SyncRound round, HashSet<Digest> copied, CancellationToken cancel)
    {
        List<Digest> subjects = [.. copied];
        for (int depth = 0; depth < MaxDepth && subjects.Count > 0; depth++)
        {
            List<Digest> attached = [];
            foreach (Digest subject in subjects)
                foreach (Descriptor referrer in await ReferrersAsync(round, subject, cancel).ConfigureAwait(false))
                {
                    if (copied.Contains(referrer.Digest)) continue;
                    await CopyAsync(round, referrer.Digest, copied, 0, cancel).ConfigureAwait(false);
                    attached.Add(referrer.Digest);
                }
            subjects = attached;
        }
    }

    private static async Task<bool> IsSignedAsync(SyncRound round, Digest digest, CancellationToken cancel) =>
        round.AttachedTags(digest).Any(tag => tag.EndsWith(".sig", StringComparison.Ordinal))
        || (await ReferrersAsync(round, digest, cancel).ConfigureAwait(false)).Any(referrer => referrer.ArtifactType is { } type && SyncRound.Signatures.Contains(type));

    private static async Task<List<Descriptor>> ReferrersAsync(SyncRound round, Digest subject, CancellationToken cancel)
    {
        UpstreamRegistry upstream = round.Route.Upstream;
        return await upstream.AskAsync(async stop => await upstream.Client.ListReferrersAsync(round.Route.Remote, subject, null, stop).Take(ReferrerLimit).ToListAsync(stop).ConfigureAwait(false), cancel).ConfigureAwait(false);
    }

    private static bool Takes(SyncRule rule, Descriptor child) =>
        rule.Platforms.Count == 0 || child.Platform is { } platform && rule.Platforms.Any(wanted => new PlatformMatcher(wanted, isStrict: true).Rank(platform) >= 0);

    private void Fail(UpstreamRegistry upstream, string what, string cause, SyncCount count)
    {
        logger.SyncFailed(what, upstream.Name, cause);
        count.Failed();
    }
}
