namespace Keelson.Notary.Client;

/// <summary>One collection of a notary server, with its keys and staged changes in the trust directory.</summary>
/// <remarks>
/// Files are those of notary 0.7 and <c>docker trust</c>, which may work on the same directory before and after, but not at the same moment.
/// Not safe for several calls at once.
/// </remarks>
public sealed partial class TrustCollection
{
    private const int MaximumRoles = 1024;

    /// <summary>From when on before its end metadata should be renewed: 180 days, as notary warns.</summary>
    private static readonly TimeSpan RenewalTime = TimeSpan.FromDays(180);

    private readonly TrustOptions options;
    private readonly NotaryRemote remote;
    private readonly TrustKeyStore keys;
    private readonly NotaryDialect dialect;
    private readonly TrustCache cache;
    private readonly string folder;
    private readonly List<string> warnings = [];

    /// <summary>Opens a collection. Nothing is read yet.</summary>
    /// <param name="gun">Its name: <c>docker.io/library/busybox</c>.</param>
    /// <param name="remote">The server; stays the caller's.</param>
    /// <param name="keys">The keys; stay the caller's.</param>
    /// <param name="options">Where and how.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it cannot be the name of a collection.</exception>
    public TrustCollection(string gun, NotaryRemote remote, TrustKeyStore keys, TrustOptions options)
    {
        ArgumentNullException.ThrowIfNull(gun);
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(options);
        Gun = GunName.Check(gun);
        (this.remote, this.keys, this.options) = (remote, keys, options);
        folder = Path.Combine([options.Directory, "tuf", .. gun.Split('/')]);
        dialect = new(gun);
        cache = new(folder);
        Changes = new(folder, options.Time);
    }

    /// <summary>The collection's name.</summary>
    public string Gun { get; }

    /// <summary>The staged changes.</summary>
    public TrustChangelist Changes { get; }

    /// <summary>What the last call wants people to know: that it was made offline, that something expires soon.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Forgets what is kept of the collection here: changes, metadata. Keys stay.</summary>
    public void Forget()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Deletes the collection from the server and forgets it here. Keys stay.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task DeleteAsync(CancellationToken cancellation = default)
    {
        await remote.DeleteAsync(Gun, cancellation).ConfigureAwait(false);
        Forget();
    }

    /// <summary>The newest state that verifies.</summary>
    /// <param name="areExpiredAllowed">Whether expired metadata will do; for repair.</param>
    /// <param name="isComplete">Whether delegated roles are loaded too.</param>
    /// <param name="cancellation">Ends the wait.</param>
    private async Task<TrustState> LoadAsync(bool areExpiredAllowed, bool isComplete, CancellationToken cancellation)
    {
        warnings.Clear();
        (TufClient client, TufTrustedSet set) = await RefreshAsync(areExpiredAllowed, cancellation).ConfigureAwait(false);
        Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal)
        {
            [TufRoles.Root] = set.Root.Envelope.Bytes,
            [TufRoles.Snapshot] = set.Snapshot!.Envelope.Bytes,
            [TufRoles.Targets] = set.Targets!.Envelope.Bytes,
        };
        Dictionary<string, ReadOnlyMemory<byte>> unverified = new(StringComparer.Ordinal);
        if (isComplete) await LoadDelegationsAsync(client, set, files, unverified, cancellation).ConfigureAwait(false);
        warnings.AddRange(client.Warnings);
        if (!areExpiredAllowed) WarnOfExpiry(files);
        return new(set.Root, files, unverified, true);
    }

    private void WarnOfExpiry(Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        foreach ((string role, ReadOnlyMemory<byte> file) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            DateTimeOffset expires = dialect.ReadExpires(TufEnvelope.Parse(file, dialect).Signed.GetProperty("expires").GetString()!);
            if (expires <= options.Time.GetUtcNow() + RenewalTime) warnings.Add($"{role} expires on {expires.UtcDateTime:yyyy-MM-dd}; repair renews it");
        }
    }

    /// <summary>The same, or what was begun here and was never published.</summary>
    private async Task<TrustState> LoadOrBegunAsync(bool areExpiredAllowed, CancellationToken cancellation)
    {
        try
        {
            return await LoadAsync(areExpiredAllowed, true, cancellation).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            if (await BegunAsync(cancellation).ConfigureAwait(false) is { } begun) return begun;
            throw;
        }
    }

    /// <summary>What was begun here, when the server has nothing under this name.</summary>
    private async Task<TrustState?> BegunAsync(CancellationToken cancellation)
    {
        if (await cache.LoadAsync(TufRoles.Root, cancellation).ConfigureAwait(false) is not { } root) return null;
        if (await cache.LoadAsync(TufRoles.Timestamp, cancellation).ConfigureAwait(false) is not null) return null;
        Stream? there = await remote.OpenAsync(Gun, "root.json", cancellation).ConfigureAwait(false);
        if (there is not null)
        {
            await there.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        TufTrustedSet set = new(root, dialect, options.Time.GetUtcNow());
        set.FinishRoots();
        Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal) { [TufRoles.Root] = root };
        files[TufRoles.Targets] = await cache.LoadAsync(TufRoles.Targets, cancellation).ConfigureAwait(false) ?? TufSigning.Unsigned(EmptyTargets());
        return new(set.Root, files, new Dictionary<string, ReadOnlyMemory<byte>>(), false);
    }

    private async Task<(TufClient Client, TufTrustedSet Set)> RefreshAsync(bool areExpiredAllowed, CancellationToken cancellation)
    {
        TimeProvider time = areExpiredAllowed ? new EarlyTime() : options.Time;
        TufClient client = new(dialect, cache, new RemoteFetcher(remote, Gun), new() { Time = time, MayBeOffline = options.MayBeOffline });
        bool isFirst = await cache.LoadAsync(TufRoles.Root, cancellation).ConfigureAwait(false) is null;
        if (isFirst)
        {
            TufTrustedSet first = new(await FetchRootAsync(cancellation).ConfigureAwait(false), dialect, time.GetUtcNow());
            first.FinishRoots();
            options.Pinning.Check(first.Root, Gun, true, options.Time.GetUtcNow());
            await client.InitializeAsync(first.Root.Envelope.Bytes, cancellation).ConfigureAwait(false);
        }
        TufTrustedSet set = await client.RefreshAsync(cancellation).ConfigureAwait(false);
        // Its certificate may be pinned, and a rotation may have left the pin behind.
        options.Pinning.Check(set.Root, Gun, isFirst, options.Time.GetUtcNow());
        return (client, set);
    }

    private async Task<ReadOnlyMemory<byte>> FetchRootAsync(CancellationToken cancellation) =>
        await FetchAsync("root.json", dialect.Limits.RootBytes, cancellation).ConfigureAwait(false)
            ?? throw new KeelsonException(ErrorKind.NotFound, $"open {Gun}: {remote.Origin} has no trust data for it");

    private async Task<ReadOnlyMemory<byte>?> FetchAsync(string file, long limitBytes, CancellationToken cancellation)
    {
        Stream? source = await remote.OpenAsync(Gun, file, cancellation).ConfigureAwait(false);
        if (source is null) return null;
        await using (source.ConfigureAwait(false)) return await new TufTransfer(dialect.Limits, options.Time).ReadAsync(source, $"{file} of {Gun}", limitBytes, cancellation).ConfigureAwait(false);
    }

    private async Task LoadDelegationsAsync(
        TufClient client, TufTrustedSet set, Dictionary<string, ReadOnlyMemory<byte>> files, Dictionary<string, ReadOnlyMemory<byte>> unverified, CancellationToken cancellation)
    {
        Queue<TufTargets> open = new([set.Targets!]);
        while (open.TryDequeue(out TufTargets? delegator))
        {
            foreach (TufDelegatedRole role in delegator.Delegations?.Roles ?? [])
            {
                if (files.Count > MaximumRoles) throw new TufException(TufFault.TooMany, $"open {Gun}: more than {MaximumRoles} roles");
                try
                {
                    if (await client.GetRoleAsync(role.Name, cancellation).ConfigureAwait(false) is not { } targets || !files.TryAdd(role.Name, targets.Envelope.Bytes)) continue;
                    open.Enqueue(targets);
                }
                catch (TufException e) when (e.Fault is TufFault.BadSignature or TufFault.Expired)
                {
                    // One person's role must not keep others from theirs. It is not trusted, and its content stays for a witness.
                    warnings.Add($"{role.Name} is not trusted: {e.FullMessage}");
                    TufMetaFile named = set.Snapshot!.Meta[role.Name];
                    string file = dialect.FileOf(role.Name, 0, named.Hashes, false);
                    if (await FetchAsync(file, dialect.Limits.TargetsBytes, cancellation).ConfigureAwait(false) is not { } content) continue;
                    named.Check(role.Name, content.Span);
                    unverified.TryAdd(role.Name, content);
                }
            }
        }
    }
}
