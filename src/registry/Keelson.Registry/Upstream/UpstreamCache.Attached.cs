using Keelson.Oci;
using Keelson.Registry.Store;

namespace Keelson.Registry.Upstream;

/// <content>What is attached to images.</content>
internal sealed partial class UpstreamCache
{
    /// <summary>Most manifests that are brought, most blobs of one of them, and most bytes of a blob.</summary>
    private const int AttachedLimit = 32, AttachedBlobLimit = 100, AttachedBytes = 1 << 20;

    /// <summary>Brings small things that are attached to a manifest, with their blobs.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="subject">The manifest.</param>
    /// <param name="tag">A tag that one of them may stand under; <see langword="null"/>: none.</param>
    /// <param name="artifactTypes">Which of the referrers.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether there are any.</returns>
    /// <exception cref="RegistryFault">UNAVAILABLE: the upstream does not answer.</exception>
    public async Task<bool> BringAttachedAsync(string repository, Digest subject, string? tag, IReadOnlyList<string?> artifactTypes, CancellationToken cancel)
    {
        List<Digest> wanted = [];
        if (tag is not null && (await ResolveAsync(repository, tag, cancel).ConfigureAwait(false)).Digest is { } kept) wanted.Add(kept);
        foreach (Descriptor referrer in (await ReferrersAsync(repository, subject, [], cancel).ConfigureAwait(false)).Referrers)
            if (artifactTypes.Contains(referrer.ArtifactType)) wanted.Add(referrer.Digest);
        foreach (Digest digest in wanted.Take(AttachedLimit))
        {
            StoredManifest? manifest = await manifests.FindAsync(repository, digest, cancel).ConfigureAwait(false) ?? await FetchManifestAsync(repository, digest, cancel).ConfigureAwait(false);
            if (manifest is null || manifest.Blobs.Count > AttachedBlobLimit || manifest.Blobs.Any(blob => blob.Size > AttachedBytes)) continue;
            await CompleteAsync(repository, manifest, cancel).ConfigureAwait(false);
        }
        return wanted.Count > 0;
    }
}
