namespace Keelson.Tuf;

/// <summary>A client of one repository: brings trusted metadata up to date, finds targets and downloads them. TUF 1.0.34 section 5.</summary>
/// <remarks>
/// Every file goes through <see cref="TufTrustedSet"/> before it is kept or used. What is refused leaves what was kept for that role as it was.
/// Not safe for several calls at once.
/// </remarks>
public sealed partial class TufClient
{
    private readonly ITufDialect dialect;
    private readonly ITufStore store;
    private readonly ITufFetcher fetcher;
    private readonly TufClientOptions options;
    private readonly TufLimits limits;
    private readonly TufTransfer transfer;
    private readonly List<string> warnings = [];
    private TufTrustedSet? trusted;

    /// <summary>Makes a client. Nothing is read yet.</summary>
    /// <param name="dialect">The repository's dialect.</param>
    /// <param name="store">Where trusted metadata are kept; it holds a root already, see <see cref="InitializeAsync"/>.</param>
    /// <param name="fetcher">Gets metadata.</param>
    /// <param name="options">How it behaves.</param>
    public TufClient(ITufDialect dialect, ITufStore store, ITufFetcher fetcher, TufClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(fetcher);
        this.options = options ?? new();
        (this.dialect, this.store, this.fetcher, limits) = (dialect, store, fetcher, this.options.Limits ?? dialect.Limits);
        transfer = new(limits, this.options.Time);
    }

    /// <summary>What the last update wants people to know: that it was made offline.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>What is trusted since the last update; null before the first.</summary>
    public TufTrustedSet? Trusted => trusted;

    /// <summary>Keeps a first root, which the application got in a way that it trusts. Nothing is asked of the repository.</summary>
    /// <param name="root">The root.</param>
    /// <param name="cancellation">Ends the write.</param>
    /// <exception cref="TufException">It is malformed, or not signed by itself. Nothing is kept.</exception>
    public async Task InitializeAsync(ReadOnlyMemory<byte> root, CancellationToken cancellation = default)
    {
        _ = new TufTrustedSet(root, dialect, options.Time.GetUtcNow());
        await store.SaveAsync(TufRoles.Root, root, cancellation).ConfigureAwait(false);
    }

    /// <summary>Brings the metadata of the four roles up to date.</summary>
    /// <param name="cancellation">Ends the update.</param>
    /// <returns>What is trusted now.</returns>
    /// <exception cref="TufException">Something is refused, missing, too large, too slow or not to be had.</exception>
    public async Task<TufTrustedSet> RefreshAsync(CancellationToken cancellation = default)
    {
        trusted = null;
        warnings.Clear();
        ReadOnlyMemory<byte> root = await store.LoadAsync(TufRoles.Root, cancellation).ConfigureAwait(false)
            ?? throw new TufException(TufFault.NotFound, "refresh: no root is kept");
        TufTrustedSet set = new(root, dialect, options.Time.GetUtcNow());
        bool isOffline = !await WalkRootsAsync(set, cancellation).ConfigureAwait(false);
        set.FinishRoots();
        await RefreshTimestampAsync(set, isOffline, cancellation).ConfigureAwait(false);
        await RefreshSnapshotAsync(set, cancellation).ConfigureAwait(false);
        await RefreshTargetsAsync(set, cancellation).ConfigureAwait(false);
        return trusted = set;
    }

    /// <summary>Root N+1 first, always: a client that asks only after a failure can be kept on keys that are revoked. Section 5.3.</summary>
    /// <returns>Whether the repository answers.</returns>
    private async Task<bool> WalkRootsAsync(TufTrustedSet set, CancellationToken cancellation)
    {
        for (int i = 0; ; i++)
        {
            ReadOnlyMemory<byte>? next;
            try
            {
                next = await FetchAsync(TufRoles.Root, dialect.FileOf(TufRoles.Root, set.Root.Version + 1, null, set.Root.IsConsistent), null, cancellation).ConfigureAwait(false);
            }
            catch (TufException e) when (e.Fault == TufFault.Unavailable && options.MayBeOffline)
            {
                warnings.Add($"the repository does not answer ({e.FullMessage}); kept metadata are used");
                return false;
            }
            if (next is not { } bytes) return true;
            if (i >= limits.Roots) throw new TufException(TufFault.TooMany, $"refresh: more than {limits.Roots} new roots");
            if (set.UpdateRoot(bytes))
            {
                // Before the new root is kept: if the program ends in between, the rotation is met again.
                await store.DeleteAsync(TufRoles.Timestamp, cancellation).ConfigureAwait(false);
                await store.DeleteAsync(TufRoles.Snapshot, cancellation).ConfigureAwait(false);
            }
            await store.SaveAsync(TufRoles.Root, bytes, cancellation).ConfigureAwait(false);
        }
    }

    private async Task RefreshTimestampAsync(TufTrustedSet set, bool isOffline, CancellationToken cancellation)
    {
        if (await store.LoadAsync(TufRoles.Timestamp, cancellation).ConfigureAwait(false) is { } kept) Try(() => set.LoadTimestamp(kept));
        ReadOnlyMemory<byte>? next = null;
        try
        {
            if (!isOffline) next = await FetchAsync(TufRoles.Timestamp, dialect.FileOf(TufRoles.Timestamp, 0, null, set.Root.IsConsistent), null, cancellation).ConfigureAwait(false);
        }
        catch (TufException e) when (e.Fault == TufFault.Unavailable && options.MayBeOffline)
        {
            warnings.Add($"the repository does not answer ({e.FullMessage}); kept metadata are used");
            isOffline = true;
        }
        if (isOffline)
        {
            if (set.Timestamp is null) throw new TufException(TufFault.Unavailable, "refresh: the repository does not answer, and no timestamp is kept");
            set.CheckTimestamp();
            warnings.Add($"the timestamp of version {set.Timestamp.Version} is used until {set.Timestamp.Expires.UtcDateTime:u}");
            return;
        }
        ReadOnlyMemory<byte> bytes = next ?? throw Missing(TufRoles.Timestamp);
        if (set.UpdateTimestamp(bytes)) await store.SaveAsync(TufRoles.Timestamp, bytes, cancellation).ConfigureAwait(false);
    }

    private async Task RefreshSnapshotAsync(TufTrustedSet set, CancellationToken cancellation)
    {
        if (await store.LoadAsync(TufRoles.Snapshot, cancellation).ConfigureAwait(false) is { } kept && Try(() => set.LoadSnapshot(kept))) return;
        TufMetaFile named = set.Timestamp!.Snapshot;
        string file = dialect.FileOf(TufRoles.Snapshot, named.Version, named.Hashes, set.Root.IsConsistent);
        ReadOnlyMemory<byte> bytes = await FetchAsync(TufRoles.Snapshot, file, named.LengthBytes, cancellation).ConfigureAwait(false) ?? throw Missing(TufRoles.Snapshot);
        set.UpdateSnapshot(bytes);
        await store.SaveAsync(TufRoles.Snapshot, bytes, cancellation).ConfigureAwait(false);
    }

    private async Task RefreshTargetsAsync(TufTrustedSet set, CancellationToken cancellation)
    {
        if (await store.LoadAsync(TufRoles.Targets, cancellation).ConfigureAwait(false) is { } kept)
        {
            if (Try(() => set.UpdateTargets(kept))) return;
            if (!dialect.HasMetaVersions) Try(() => set.LoadTargets(kept, TufRoles.Targets, null));
        }
        ReadOnlyMemory<byte> bytes = await FetchNamedAsync(set, TufRoles.Targets, cancellation).ConfigureAwait(false);
        set.UpdateTargets(bytes);
        await store.SaveAsync(TufRoles.Targets, bytes, cancellation).ConfigureAwait(false);
    }

    /// <summary>A file that the snapshot names.</summary>
    private async Task<ReadOnlyMemory<byte>> FetchNamedAsync(TufTrustedSet set, string role, CancellationToken cancellation)
    {
        TufMetaFile named = set.Snapshot!.Meta.GetValueOrDefault(role) ?? throw new TufException(TufFault.NotFound, $"get {role}: the snapshot does not name it");
        string file = dialect.FileOf(role, named.Version, named.Hashes, set.Root.IsConsistent);
        return await FetchAsync(role, file, named.LengthBytes, cancellation).ConfigureAwait(false) ?? throw Missing(role);
    }

    private async Task<ReadOnlyMemory<byte>?> FetchAsync(string role, string file, long? lengthBytes, CancellationToken cancellation)
    {
        Stream? source = await fetcher.OpenAsync(file, cancellation).ConfigureAwait(false);
        if (source is null) return null;
        await using (source.ConfigureAwait(false))
            return await transfer.ReadAsync(source, file, Math.Min(lengthBytes ?? long.MaxValue, limits.BytesOf(role)), cancellation).ConfigureAwait(false);
    }

    /// <summary>Kept metadata that are not trusted any more are as good as none.</summary>
    private static bool Try(Func<bool> load)
    {
        try
        {
            return load();
        }
        catch (TufException)
        {
            return false;
        }
    }

    private static bool Try(Action load) => Try(() =>
    {
        load();
        return true;
    });

    private static TufException Missing(string role) => new(TufFault.NotFound, $"get {role}: the repository does not have it");
}
