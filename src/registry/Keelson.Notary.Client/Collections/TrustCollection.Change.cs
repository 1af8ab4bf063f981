using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

public sealed partial class TrustCollection
{
    /// <summary>Begins a collection: makes keys, root and targets here. The first publication brings it to the server.</summary>
    /// <param name="rootKeyIds">Root keys that are here already; by default the first one that is here, or a new one.</param>
    /// <param name="isSnapshotManaged">Whether the server signs snapshots, as docker has it.</param>
    /// <param name="rootCertificates">PEM of certificates for the root keys; made for them by default.</param>
    /// <param name="rootThreshold">How many root keys must sign.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="KeelsonException">AlreadyExists: the server has it, or it was begun here. NotFound: a key is not here.</exception>
    public async Task InitializeAsync(
        IReadOnlyList<string>? rootKeyIds = null, bool isSnapshotManaged = true, IReadOnlyList<string>? rootCertificates = null, int rootThreshold = 1, CancellationToken cancellation = default)
    {
        if (await cache.LoadAsync(TufRoles.Root, cancellation).ConfigureAwait(false) is not null)
            throw new KeelsonException(ErrorKind.AlreadyExists, $"begin {Gun}: it is known here already");
        Stream? there = await remote.OpenAsync(Gun, "root.json", cancellation).ConfigureAwait(false);
        if (there is not null)
        {
            await there.DisposeAsync().ConfigureAwait(false);
            throw new KeelsonException(ErrorKind.AlreadyExists, $"begin {Gun}: the server has it already");
        }
        // The server first: without it no key is made for nothing.
        TufKey timestamp = await remote.GetKeyAsync(Gun, TufRoles.Timestamp, false, cancellation).ConfigureAwait(false);
        TufKey? managed = isSnapshotManaged ? await remote.GetKeyAsync(Gun, TufRoles.Snapshot, false, cancellation).ConfigureAwait(false) : null;
        List<TrustKey> roots = [.. RootKeys(rootKeyIds)];
        List<TufKey> rootPublic = [.. roots.Select((key, i) => TrustPublicKeys.FromCertificate(rootCertificates?[i] ?? key.SelfSigned(Gun, options.Time.GetUtcNow())))];
        if (rootThreshold > roots.Count) throw new KeelsonException(ErrorKind.InvalidArgument, $"begin {Gun}: {rootThreshold} of {roots.Count} root keys can never sign");
        TufKey targets = keys.Generate(TufRoles.Targets, Gun).Public;
        TufKey snapshot = managed ?? keys.Generate(TufRoles.Snapshot, Gun).Public;
        JsonObject root = new()
        {
            ["_type"] = "Root",
            ["version"] = 1,
            ["expires"] = dialect.WriteExpires(ExpiryOf(TufRoles.Root)),
            ["consistent_snapshot"] = false,
            ["keys"] = Keys([.. rootPublic, targets, snapshot, timestamp]),
            ["roles"] = new JsonObject
            {
                [TufRoles.Root] = RoleOf(rootThreshold, rootPublic),
                [TufRoles.Targets] = RoleOf(1, [targets]),
                [TufRoles.Snapshot] = RoleOf(1, [snapshot]),
                [TufRoles.Timestamp] = RoleOf(1, [timestamp]),
            },
        };
        byte[] file = TufSigning.Add(TufSigning.Unsigned(root), dialect, roots.Select(key => key.Signer), rootPublic.ToDictionary(key => key.Id));
        TufTrustedSet set = new(file, dialect, options.Time.GetUtcNow());
        set.FinishRoots();
        byte[] targetsFile = TufSigning.Add(TufSigning.Unsigned(EmptyTargets()), dialect, [keys.Open(targets.Id)!.Signer]);
        await cache.SaveAsync(TufRoles.Targets, targetsFile, cancellation).ConfigureAwait(false);
        // The root last: it is what makes the collection known.
        await cache.SaveAsync(TufRoles.Root, file, cancellation).ConfigureAwait(false);
    }

    /// <summary>Stages a target.</summary>
    /// <param name="name">Its name: a tag.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="hashes">Its digests.</param>
    /// <param name="roles">The roles that name it; <c>targets</c> by default.</param>
    /// <param name="custom">JSON that is kept with it.</param>
    public void AddTarget(string name, long lengthBytes, TufHashes hashes, IReadOnlyList<string>? roles = null, JsonNode? custom = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(hashes);
        JsonObject digests = [];
        foreach ((System.Security.Cryptography.HashAlgorithmName algorithm, ReadOnlyMemory<byte> digest) in hashes.All)
            digests[algorithm.Name!.ToLowerInvariant()] = dialect.EncodeHash(digest.Span);
        JsonObject data = new() { ["length"] = lengthBytes, ["hashes"] = digests };
        if (custom is not null) data["custom"] = custom.DeepClone();
        foreach (string role in roles ?? [TufRoles.Targets]) Changes.Add(new("create", role, "target", name, TrustJson.Write(data)));
    }

    /// <summary>Stages that a target goes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="roles">The roles that name it; <c>targets</c> by default.</param>
    public void RemoveTarget(string name, IReadOnlyList<string>? roles = null)
    {
        foreach (string role in roles ?? [TufRoles.Targets]) Changes.Add(new("delete", role, "target", name, default));
    }

    /// <summary>Stages a delegation, or keys and paths for one that is there.</summary>
    /// <param name="role">Its name: <c>targets/releases</c>.</param>
    /// <param name="newKeys">Whose signatures it may have.</param>
    /// <param name="paths">Beginnings of names that it is entrusted with; an empty one is all.</param>
    /// <param name="threshold">How many must sign; stays as it is when 0, and is 1 for a new one.</param>
    public void AddDelegation(string role, IReadOnlyList<TufKey> newKeys, IReadOnlyList<string> paths, int threshold = 0)
    {
        ArgumentNullException.ThrowIfNull(newKeys);
        ArgumentNullException.ThrowIfNull(paths);
        JsonObject data = new() { ["threshold"] = Math.Max(threshold, 1) };
        if (newKeys.Count > 0)
        {
            JsonArray list = [];
            foreach (TufKey key in newKeys) list.Add((JsonNode)TrustPublicKeys.ToJson(key));
            data["add_keys"] = list;
        }
        if (paths.Count > 0) data["add_paths"] = TrustJson.Texts(paths);
        Changes.Add(new("create", role, "delegation", "", TrustJson.Write(data)));
        // The first change sets it for a new role alone.
        if (threshold > 0) Changes.Add(new("update", role, "delegation", "", TrustJson.Write(new JsonObject { ["threshold"] = threshold })));
    }

    /// <summary>Stages that a delegation goes, or that it loses keys or paths.</summary>
    /// <param name="role">Its name.</param>
    /// <param name="keyIds">Keys that it loses.</param>
    /// <param name="paths">Paths that it loses.</param>
    /// <param name="isWhole">Whether the delegation itself goes.</param>
    /// <param name="areAllPaths">Whether it loses all paths.</param>
    public void RemoveDelegation(string role, IReadOnlyList<string>? keyIds = null, IReadOnlyList<string>? paths = null, bool isWhole = false, bool areAllPaths = false)
    {
        if (isWhole)
        {
            Changes.Add(new("delete", role, "delegation", "", default));
            return;
        }
        JsonObject data = [];
        if (keyIds is { Count: > 0 }) data["remove_keys"] = TrustJson.Texts(keyIds);
        if (paths is { Count: > 0 }) data["remove_paths"] = TrustJson.Texts(paths);
        if (areAllPaths) data["clear_paths"] = true;
        Changes.Add(new("update", role, "delegation", "", TrustJson.Write(data)));
    }

    /// <summary>Stages that keys leave all delegations.</summary>
    /// <param name="keyIds">The keys.</param>
    public void PurgeKeys(IReadOnlyList<string> keyIds) =>
        Changes.Add(new("update", "targets/*", "delegation", "", TrustJson.Write(new JsonObject { ["remove_keys"] = TrustJson.Texts(keyIds) })));

    /// <summary>Stages that roles are signed anew as they are: after their keys changed, or before they expire.</summary>
    /// <param name="roles">Targets or delegated roles.</param>
    public void Witness(params IReadOnlyList<string> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        foreach (string role in roles) Changes.Add(new("update", role, "witness", "", default));
    }

    /// <summary>Stages which keys sign a role of the top level, and how many of them must.</summary>
    /// <param name="role">The role.</param>
    /// <param name="publicKeys">The keys; those of the root in certificates.</param>
    /// <param name="threshold">How many must sign. Above 1, notary's own client reads the collection but cannot rotate that role.</param>
    public void SetKeys(string role, IReadOnlyList<TufKey> publicKeys, int threshold = 1) => Changes.Add(KeyChange(role, publicKeys, threshold));

    private static TrustChange KeyChange(string role, IReadOnlyList<TufKey> publicKeys, int threshold)
    {
        ArgumentNullException.ThrowIfNull(publicKeys);
        if (threshold < 1 || threshold > publicKeys.Count) throw new KeelsonException(ErrorKind.InvalidArgument, $"set keys of {role}: {threshold} of {publicKeys.Count} keys can never sign");
        JsonArray list = [];
        foreach (TufKey key in publicKeys) list.Add((JsonNode)TrustPublicKeys.ToJson(key));
        JsonObject data = new() { ["keys"] = list, ["role"] = role };
        if (threshold > 1) data["threshold"] = threshold;
        return new("create", TufRoles.Root, "role", role, TrustJson.Write(data));
    }

    private IEnumerable<TrustKey> RootKeys(IReadOnlyList<string>? ids)
    {
        ids ??= [.. keys.List().Where(key => key.Role == TufRoles.Root).Select(key => key.Id).Take(1)];
        if (ids.Count == 0) return [keys.Generate(TufRoles.Root)];
        return ids.Select(id => keys.Open(id) ?? throw new KeelsonException(ErrorKind.NotFound, $"begin {Gun}: root key {id} is not in the trust directory"));
    }

    private DateTimeOffset ExpiryOf(string role) => options.Time.GetUtcNow().AddYears(role == TufRoles.Root ? 10 : 3);

    private static JsonObject EmptyTargets() => new()
    {
        ["_type"] = "Targets",
        ["version"] = 1,
        ["expires"] = "2000-01-01T00:00:00Z",
        ["targets"] = new JsonObject(),
        ["delegations"] = new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() },
    };

    private static JsonObject Keys(IEnumerable<TufKey> all)
    {
        JsonObject json = [];
        foreach (TufKey key in all) json[key.Id] = TrustPublicKeys.ToJson(key);
        return json;
    }

    private static JsonObject RoleOf(int threshold, IEnumerable<TufKey> all) => new() { ["keyids"] = TrustJson.Texts(all.Select(key => key.Id)), ["threshold"] = threshold };
}
