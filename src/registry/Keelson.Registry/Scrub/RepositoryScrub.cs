using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Scrub;

/// <summary>Looks the links and manifests of repositories through.</summary>
internal sealed class RepositoryScrub(IStorageDriver driver, LinkFiles links, BlobStore blobs, ManifestStore manifests, RegistryStoreOptions store, ScrubOptions options,
    Func<string, string, bool>? isImmutable, Action<ScrubFinding> found)
{
    public async Task RunAsync(string repository, ScrubReport report, CancellationToken cancel)
    {
        foreach (Digest digest in await links.ListAsync(StorePaths.Layers(repository), cancel).ConfigureAwait(false))
            await CheckLinkAsync(repository, StorePaths.Layer(repository, digest), digest, isManifest: false, cancel).ConfigureAwait(false);
        foreach (Digest digest in await links.ListAsync(StorePaths.Revisions(repository), cancel).ConfigureAwait(false))
        {
            report.Manifests++;
            if (await CheckLinkAsync(repository, StorePaths.Revision(repository, digest), digest, isManifest: true, cancel).ConfigureAwait(false))
                await CheckPartsAsync(repository, digest, cancel).ConfigureAwait(false);
        }
        foreach (string tag in await driver.ListAsync(StorePaths.Tags(repository), cancel).ConfigureAwait(false))
        {
            report.Tags++;
            await CheckTagAsync(repository, tag, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A link says the digest that its folder says, and there is such content.</summary>
    /// <returns>Whether the content is there.</returns>
    private async Task<bool> CheckLinkAsync(string repository, string link, Digest digest, bool isManifest, CancellationToken cancel)
    {
        (bool isRight, bool hasContent) = await LookAsync(link, digest, cancel).ConfigureAwait(false);
        if (isRight && hasContent) return true;
        // Whoever gives a manifest holds the repository and then the content.
        await using IRegistryLock? place = isManifest ? await manifests.EnterAsync(repository, cancel).ConfigureAwait(false) : null;
        await using IRegistryLock content = await blobs.EnterAsync(digest, cancel).ConfigureAwait(false);
        if (await driver.FindAsync(StorePaths.FolderOf(link), cancel).ConfigureAwait(false) is null) return false;
        (isRight, hasContent) = await LookAsync(link, digest, cancel).ConfigureAwait(false);
        if (isRight && hasContent) return true;
        if (hasContent)
        {
            if (options.Repairs) await (place ?? content).ChangeAsync(late => links.WriteAsync(link, digest, late), cancel).ConfigureAwait(false);
            found(new(ScrubFault.BrokenLink, repository, null, digest, $"{repository}: the link to {digest} does not say this digest", options.Repairs));
            return true;
        }
        if (options.Repairs && isManifest) await manifests.DropAsync(place!, repository, digest, cancel).ConfigureAwait(false);
        else if (options.Repairs) await blobs.DropAsync(content, repository, digest, cancel).ConfigureAwait(false);
        found(isManifest
            ? new(ScrubFault.DeadManifest, repository, null, digest, $"{repository}: manifest {digest} is not there", options.Repairs)
            : new(ScrubFault.DeadBlob, repository, null, digest, $"{repository}: blob {digest} is not there", options.Repairs));
        return false;
    }

    private async Task<(bool IsRight, bool HasContent)> LookAsync(string link, Digest digest, CancellationToken cancel) =>
        (await links.ReadAsync(link, cancel).ConfigureAwait(false) == digest, await blobs.ExistsAsync(digest, cancel).ConfigureAwait(false));

    private async Task CheckPartsAsync(string repository, Digest digest, CancellationToken cancel)
    {
        if (await MissingAsync(repository, digest, cancel).ConfigureAwait(false) is []) return;
        await using IRegistryLock held = await manifests.EnterAsync(repository, cancel).ConfigureAwait(false);
        foreach (ScrubFinding finding in await MissingAsync(repository, digest, cancel).ConfigureAwait(false)) found(finding);
    }

    private async Task<List<ScrubFinding>> MissingAsync(string repository, Digest digest, CancellationToken cancel)
    {
        List<ScrubFinding> missing = [];
        StoredManifest? manifest;
        try
        {
            manifest = await manifests.FindAsync(repository, digest, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
        {
            // Its content was found damaged before.
            return missing;
        }
        // What was cached from an upstream is fetched when somebody wants it.
        if (manifest is not null && await manifests.IsCachedAsync(repository, digest, cancel).ConfigureAwait(false)) return missing;
        foreach (Descriptor blob in manifest?.Blobs ?? [])
        {
            if (MediaTypes.IsForeignLayer(blob.MediaType) && blob.Urls is { Count: > 0 }) continue;
            StorageStatus? link = await driver.FindAsync(StorePaths.Layer(repository, blob.Digest), cancel).ConfigureAwait(false);
            if (link is not { Length: > 0 } || await driver.FindAsync(StorePaths.Blob(blob.Digest), cancel).ConfigureAwait(false) is not { } content)
                missing.Add(new(ScrubFault.MissingPart, repository, null, digest, $"{repository}: manifest {digest} names blob {blob.Digest}, which the repository does not have", false));
            else if (content.Length != blob.Size)
                missing.Add(new(ScrubFault.WrongSize, repository, null, digest, $"{repository}: manifest {digest} says that {blob.Digest} has {blob.Size} bytes, and it has {content.Length}", false));
        }
        if (store.AllowsSparseIndexes) return missing;
        foreach (Descriptor child in manifest?.Manifests ?? [])
            if (await driver.FindAsync(StorePaths.Revision(repository, child.Digest), cancel).ConfigureAwait(false) is not { Length: > 0 })
                missing.Add(new(ScrubFault.MissingPart, repository, null, digest, $"{repository}: index {digest} names manifest {child.Digest}, which the repository does not have", false));
        return missing;
    }

    private async Task CheckTagAsync(string repository, string tag, CancellationToken cancel)
    {
        if (await FaultOfAsync(repository, tag, cancel).ConfigureAwait(false) is null) return;
        await using IRegistryLock held = await manifests.EnterAsync(repository, cancel).ConfigureAwait(false);
        if (await FaultOfAsync(repository, tag, cancel).ConfigureAwait(false) is not { } finding) return;
        // Without its link nobody would be kept from setting the tag to something else.
        bool isRepaired = options.Repairs && isImmutable?.Invoke(repository, tag) != true;
        if (isRepaired) await manifests.DropTagAsync(held, repository, tag, cancel).ConfigureAwait(false);
        found(finding with { IsRepaired = isRepaired });
    }

    private async Task<ScrubFinding?> FaultOfAsync(string repository, string tag, CancellationToken cancel)
    {
        if (await links.ReadAsync(StorePaths.TagLink(repository, tag), cancel).ConfigureAwait(false) is not { } digest)
            return await driver.FindAsync(StorePaths.Tag(repository, tag), cancel).ConfigureAwait(false) is null ? null
                : new(ScrubFault.BrokenLink, repository, tag, null, $"{repository}: tag {tag} does not say where it stands", false);
        return await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false) is { Length: > 0 } ? null
            : new(ScrubFault.DeadTag, repository, tag, digest, $"{repository}: tag {tag} stands at {digest}, which the repository does not have", false);
    }
}
