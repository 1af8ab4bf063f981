using System.Collections.Concurrent;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Http;
using Keelson.Registry.Policies;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Signatures;

/// <summary>Refuses images that are not signed as the policies ask for.</summary>
/// <remarks>
/// An image is signed when it is itself, or when an index of its repository is that names it: tools sign the index, and clients pull its parts by their digests. Signatures, and what else is
/// attached and has no layers of files, pass: without them nobody could look.
/// What was found out is remembered until something of the repository, or a file of keys, changes. Signatures of what comes from an upstream are fetched from there.
/// </remarks>
internal sealed class SignatureGuard : IPushRule
{
    /// <summary>Indexes in indexes that are followed.</summary>
    private const int DepthLimit = 4;

    /// <summary>Of so many repositories it is remembered.</summary>
    private const int CacheCount = 1000;

    private readonly List<(SignaturePolicy Policy, WatchedFile<TrustedKeys>[] Files)> policies = [];
    private readonly ManifestStore manifests;
    private readonly SignatureReader reader;
    private readonly UpstreamCache? upstreams;
    private readonly LruCache<string, Versioned<ConcurrentDictionary<Digest, Verdict>>> verdicts = new(CacheCount);

    /// <summary>Reads the keys.</summary>
    /// <exception cref="KeelsonException">A file of keys cannot be read or is not right.</exception>
    public SignatureGuard(IReadOnlyList<SignaturePolicy> policies, ManifestStore manifests, SignatureReader reader, UpstreamCache? upstreams, ILogger logger)
    {
        foreach (SignaturePolicy policy in policies) this.policies.Add((policy, [.. policy.Keys.Select(path => TrustedKeys.Watch(path, logger))]));
        (this.manifests, this.reader, this.upstreams) = (manifests, reader, upstreams);
        manifests.Changed += verdicts.Remove;
    }

    /// <summary>The keys that are trusted in a repository.</summary>
    /// <exception cref="KeelsonException">Unavailable: a file of keys cannot be used now.</exception>
    public IReadOnlyList<TrustedKeys> KeysOf(string repository) => Find(repository) is { } found ? Current(found.Files) : [];

    /// <summary>Refuses a pull, or lets it pass.</summary>
    /// <exception cref="RegistryFault">DENIED: it is not signed.</exception>
    public async ValueTask CheckPullAsync(RegistryCall call, string repository, StoredManifest manifest)
    {
        if (Find(repository) is not { Policy.GuardsPulls: true } found || IsAttached(manifest)) return;
        if (await IsSignedAsync(repository, manifest.Digest, Current(found.Files), DepthLimit, call.Cancel).ConfigureAwait(false)) return;
        if (found.Policy.ExceptsPushers && call.Options.Authorizer is not null && await call.MayAsync(new(repository, RegistryAction.Push)).ConfigureAwait(false)) return;
        throw NotSigned(repository, manifest.Digest, "pulled");
    }

    /// <inheritdoc/>
    public async ValueTask CheckAsync(string repository, StoredManifest manifest, IReadOnlyList<string> tags, CancellationToken cancel)
    {
        if (tags.Count == 0 || Find(repository) is not { Policy.GuardsPushes: true } found || IsAttached(manifest)) return;
        if (!await IsSignedAsync(repository, manifest.Digest, Current(found.Files), DepthLimit, cancel).ConfigureAwait(false)) throw NotSigned(repository, manifest.Digest, "tagged");
    }

    private async ValueTask<bool> IsSignedAsync(string repository, Digest digest, TrustedKeys[] keys, int depth, CancellationToken cancel)
    {
        // Whoever changes the repository takes this away; what is found out about the time before is put where nobody looks any more.
        ConcurrentDictionary<Digest, Verdict> known = await KnownAsync(repository, cancel).ConfigureAwait(false);
        if (!known.TryGetValue(digest, out Verdict? verdict) || !verdict.Keys.AsSpan().SequenceEqual(keys))
        {
            verdict = new(keys, await reader.IsSignedAsync(repository, digest, keys, cancel).ConfigureAwait(false));
            bool isUpstreams = !verdict.IsSigned && upstreams?.Find(repository) is not null;
            // Nobody here hears of it when the upstream signs what it has.
            if (!isUpstreams) known[digest] = verdict;
            else if (await upstreams!.BringAttachedAsync(repository, digest, SignatureReader.TagOf(digest), SignatureReader.ArtifactTypes, cancel).ConfigureAwait(false))
                verdict = new(keys, await reader.IsSignedAsync(repository, digest, keys, cancel).ConfigureAwait(false));
        }
        if (verdict.IsSigned || depth == 0) return verdict.IsSigned;
        foreach (Digest index in await manifests.IndexesOfAsync(repository, digest, cancel).ConfigureAwait(false))
            if (await IsSignedAsync(repository, index, keys, depth - 1, cancel).ConfigureAwait(false)) return true;
        return false;
    }

    /// <summary>What is known of a repository as it is now.</summary>
    private async ValueTask<ConcurrentDictionary<Digest, Verdict>> KnownAsync(string repository, CancellationToken cancel)
    {
        long version = await manifests.VersionAsync(repository, cancel).ConfigureAwait(false);
        if (verdicts.TryGet(repository, out Versioned<ConcurrentDictionary<Digest, Verdict>> known) && known.Version == version) return known.Value;
        ConcurrentDictionary<Digest, Verdict> fresh = [];
        verdicts.Set(repository, new(version, fresh));
        return fresh;
    }

    private (SignaturePolicy Policy, WatchedFile<TrustedKeys>[] Files)? Find(string repository)
    {
        foreach ((SignaturePolicy Policy, WatchedFile<TrustedKeys>[] Files) entry in policies)
            if (entry.Policy.IsAbout(repository)) return entry;
        return null;
    }

    private static TrustedKeys[] Current(WatchedFile<TrustedKeys>[] files) => Array.ConvertAll(files, file => file.Current);

    /// <summary>Whether it is something about an image, and cannot be taken for one: no index, no layer of files, and attached or of the types that signatures and the like have.</summary>
    private static bool IsAttached(StoredManifest manifest)
    {
        if (!MediaTypes.IsManifest(manifest.MediaType) || manifest.Blobs.Count < 2) return false;
        bool isKnown = manifest.Subject is not null;
        foreach (Descriptor layer in manifest.Blobs.Skip(1))
        {
            if (MediaTypes.IsLayer(layer.MediaType)) return false;
            if (!isKnown && layer.MediaType is not (SimpleSigning.MediaType or SigstoreBundle.MediaType or NotationEnvelope.MediaType or "application/vnd.dsse.envelope.v1+json" or "application/vnd.in-toto+json" or "application/spdx+json" or "text/spdx"
                or "text/spdx+json" or "application/vnd.cyclonedx+json" or "application/vnd.cyclonedx+xml" or "application/vnd.syft+json")) return false;
        }
        return true;
    }

    private static RegistryFault NotSigned(string repository, Digest digest, string what) =>
        new(RegistryErrorCode.Denied, $"{repository}@{digest} cannot be {what}: no signature by a key that is trusted here", digest.ToString());

    private sealed record Verdict(TrustedKeys[] Keys, bool IsSigned);
}
