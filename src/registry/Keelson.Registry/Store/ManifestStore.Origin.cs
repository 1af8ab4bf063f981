using System.Text;
using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Limits;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Store;

/// <content>Manifests and tags of upstreams.</content>
internal sealed partial class ManifestStore
{
    private const int OriginLimitBytes = 64;
    private static readonly byte[] CachedMark = Encoding.ASCII.GetBytes("cached"), SyncedMark = Encoding.ASCII.GetBytes("synced");

    /// <summary>What is known of a tag.</summary>
    public async ValueTask<TagState> InspectTagAsync(string repository, string tag, CancellationToken cancel)
    {
        if (await ResolveAsync(repository, tag, cancel).ConfigureAwait(false) is not { } digest) return default;
        string path = StorePaths.TagOrigin(repository, tag);
        if (await driver.ReadAsync(path, OriginLimitBytes, cancel).ConfigureAwait(false) is not { } mark || await driver.FindAsync(path, cancel).ConfigureAwait(false) is not { } status)
            return new(digest, Origin.Pushed, default);
        return new(digest, mark.Span.SequenceEqual(SyncedMark) ? Origin.Synced : Origin.Cached, status.Modified);
    }

    /// <summary>Whether a manifest is there because somebody wanted it from an upstream.</summary>
    public async ValueTask<bool> IsCachedAsync(string repository, Digest digest, CancellationToken cancel) =>
        await driver.FindAsync(StorePaths.RevisionOrigin(repository, digest), cancel).ConfigureAwait(false) is not null;

    /// <summary>Stores what an upstream has. What a cached manifest names need not be there; what a synchronised one names must, but for the parts of an index.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="manifest">What.</param>
    /// <param name="tag">The tag that stands at it; <see langword="null"/>: none.</param>
    /// <param name="origin">Cached or synchronised.</param>
    /// <param name="cancel">Gives up, but not half-way.</param>
    /// <returns>Whether the tag stands there now; one that was pushed here stays where it is.</returns>
    /// <exception cref="RegistryFault">MANIFEST_BLOB_UNKNOWN: the repository lacks what it names.</exception>
    public async Task<bool> KeepAsync(string repository, StoredManifest manifest, string? tag, Origin origin, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        string link = StorePaths.Revision(repository, manifest.Digest), mark = StorePaths.RevisionOrigin(repository, manifest.Digest);
        if (origin == Origin.Synced) await CheckBlobsAsync(repository, manifest, cancel).ConfigureAwait(false);
        bool wasThere = await driver.FindAsync(link, cancel).ConfigureAwait(false) is { Length: > 0 };
        if (tag is not null) await CheckTagLimitAsync(repository, [tag], cancel).ConfigureAwait(false);
        using QuotaKeeper.Share? share = quotas is null ? null : await quotas.TakeAsync(repository, manifest.Digest, isManifest: true, manifest.Content.Length, cancel).ConfigureAwait(false);
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        // Before the link: a crash must not leave a manifest that nothing says of that it is incomplete.
        if (origin == Origin.Cached && !wasThere) await driver.WriteAsync(mark, CachedMark, late).ConfigureAwait(false);
        await blobs.PutAsync(repository, manifest.Digest, manifest.Content, late).ConfigureAwait(false);
        if (origin == Origin.Synced && wasThere) await driver.RemoveAsync(mark, late).ConfigureAwait(false);
        catalog.Add(repository);
        contents.Set(manifest.Digest, manifest, manifest.Cost);
        if (referrers.TryGet(repository, out Versioned<ReferrerIndex> attached)) attached.Value.Add(manifest);
        Changed?.Invoke(repository);
        bool stands = tag is null || await FollowAsync(repository, tag, manifest.Digest, origin, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return stands;
    }

    /// <summary>Notes that an upstream says that a tag stands where it stood.</summary>
    public async ValueTask ConfirmTagAsync(string repository, string tag, CancellationToken cancel) => await driver.TouchAsync(StorePaths.TagOrigin(repository, tag), cancel).ConfigureAwait(false);

    /// <summary>Removes a tag that an upstream has no more, unless it was pushed here meanwhile.</summary>
    public async Task ForgetTagAsync(string repository, string tag, CancellationToken cancel)
    {
        await using IRegistryLock held = await EnterAsync(repository, cancel).ConfigureAwait(false);
        if ((await InspectTagAsync(repository, tag, cancel).ConfigureAwait(false)).Origin == Origin.Cached) await DropTagAsync(held, repository, tag, cancel).ConfigureAwait(false);
    }

    /// <summary>Removes a cached manifest that nobody has used for some time, with the tags that stand at it.</summary>
    /// <param name="held">Holds the repository.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="digest">Which.</param>
    /// <param name="lifetime">How long.</param>
    /// <param name="isTrial">Whether it stays all the same.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether it was removed, or would have been.</returns>
    public async ValueTask<bool> ExpireAsync(IRegistryLock held, string repository, Digest digest, TimeSpan lifetime, bool isTrial, CancellationToken cancel)
    {
        if (await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false) is not { } status || options.Time.GetUtcNow() - status.Modified < lifetime) return false;
        if (isTrial) return true;
        List<string> names = (await LoadTagsAsync(repository, cancel).ConfigureAwait(false)).Of(digest);
        CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
        foreach (string tag in names) await DropTagAsync(repository, tag, late).ConfigureAwait(false);
        await DropAsync(repository, digest, late).ConfigureAwait(false);
        await held.EndChangeAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether a folder of a manifest is what an interrupted removal, or an interrupted fetch, has left.</summary>
    public async ValueTask<bool> IsRemainderAsync(string repository, Digest digest, CancellationToken cancel) =>
        await driver.FindAsync(StorePaths.Revision(repository, digest), cancel).ConfigureAwait(false) is null;

    private async Task<bool> FollowAsync(string repository, string tag, Digest digest, Origin origin, CancellationToken late)
    {
        TagState state = await InspectTagAsync(repository, tag, late).ConfigureAwait(false);
        if (state is { Digest: not null, Origin: Origin.Pushed }) return state.Digest == digest;
        // Before the link as well: without it the tag would stand there for ever.
        await driver.WriteAsync(StorePaths.TagOrigin(repository, tag), origin == Origin.Synced ? SyncedMark : CachedMark, late).ConfigureAwait(false);
        if (state.Digest != digest) await SetTagAsync(repository, tag, digest, late).ConfigureAwait(false);
        return true;
    }

    /// <summary>The time of a manifest's link says when it was last of use; it is set again after an eighth of the time that the manifest may lie idle, an hour at most.</summary>
    private async ValueTask NoteUseAsync(string repository, Digest digest, StorageStatus status, TimeSpan lifetime)
    {
        if (lifetime <= TimeSpan.Zero) return;
        TimeSpan often = lifetime / 8 < TimeSpan.FromHours(1) ? lifetime / 8 : TimeSpan.FromHours(1);
        if (options.Time.GetUtcNow() - status.Modified >= often) await driver.TouchAsync(StorePaths.Revision(repository, digest), CancellationToken.None).ConfigureAwait(false);
    }
}
