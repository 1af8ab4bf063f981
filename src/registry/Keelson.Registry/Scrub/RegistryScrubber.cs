using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Scrub;

/// <summary>Looks a store through while the registry serves: whether content has the digest of its name, whether links lead somewhere, whether manifests have their parts.</summary>
/// <remarks>
/// <code>
/// 1  content is read, at a limited rate, without a lock; what seems damaged is read again while nobody can store or remove it, and put aside
/// 2  each repository: its blobs, its manifests, its tags; what seems wrong is looked at again while it is held
/// </code>
/// Content comes first, so that the links to what was put aside are found in the same run. A fault is what is wrong when it is looked at the second time: pushes, deletes and
/// the garbage collector hold the same locks, and what they have half done is not seen then.
/// </remarks>
internal sealed class RegistryScrubber(IStorageDriver driver, LinkFiles links, BlobStore blobs, ManifestStore manifests, RepositoryCatalog catalog, RegistryStoreOptions store)
{
    /// <summary>Looks the store through once.</summary>
    /// <param name="options">What is done about faults.</param>
    /// <param name="isImmutable">Whether a tag (repository, tag) may not go.</param>
    /// <param name="found">Hears of each fault at once.</param>
    /// <param name="cancel">Stops; what was repaired until then is.</param>
    public async Task<ScrubReport> ScrubAsync(ScrubOptions options, Func<string, string, bool>? isImmutable, Action<ScrubFinding> found, CancellationToken cancel)
    {
        ScrubReport report = new();
        void Found(ScrubFinding finding)
        {
            report.Add(finding);
            found(finding);
        }
        ContentScrub content = new(driver, blobs, manifests, store.Time, options, Found);
        await content.RunAsync(report, cancel).ConfigureAwait(false);
        RepositoryScrub repositories = new(driver, links, blobs, manifests, store, options, isImmutable, Found);
        await foreach ((string repository, _) in catalog.WalkAsync(cancel).ConfigureAwait(false))
        {
            report.Repositories++;
            await repositories.RunAsync(repository, report, cancel).ConfigureAwait(false);
        }
        return report;
    }
}
