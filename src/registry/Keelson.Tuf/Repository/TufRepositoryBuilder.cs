using System.Text.Json.Nodes;

namespace Keelson.Tuf;

/// <summary>Makes and changes a repository's metadata.</summary>
/// <remarks>
/// Roles are kept as the trees that get signed, so that members which this library does not know stay. A change waits until its role is published:
/// by <see cref="Publish"/> with all keys at hand, or by <see cref="Stage"/>, signatures of several people, and <see cref="Accept"/>.
/// Section 6 of TUF 1.0.34. Not safe for several threads.
/// </remarks>
public sealed partial class TufRepositoryBuilder
{
    private readonly ITufDialect dialect;
    private readonly TimeProvider time;
    private readonly Dictionary<string, JsonObject> trees = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReadOnlyMemory<byte>> current = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> lifetimes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> delegators = new(StringComparer.Ordinal);
    private readonly HashSet<string> changed = new(StringComparer.Ordinal);

    /// <summary>Begins a repository without keys and targets.</summary>
    /// <param name="dialect">Its dialect.</param>
    /// <param name="time">The clock of expiry.</param>
    public TufRepositoryBuilder(ITufDialect dialect, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        (this.dialect, this.time) = (dialect, time ?? TimeProvider.System);
        foreach (string role in TufRoles.TopLevel) trees[role] = NewTree(role);
        trees[TufRoles.Root]["consistent_snapshot"] = dialect.HasMetaVersions;
        trees[TufRoles.Root]["keys"] = new JsonObject();
        trees[TufRoles.Root]["roles"] = new JsonObject();
        trees[TufRoles.Snapshot]["meta"] = new JsonObject();
        trees[TufRoles.Timestamp]["meta"] = new JsonObject();
        changed.UnionWith(TufRoles.TopLevel);
    }

    /// <summary>Goes on with a repository that exists.</summary>
    /// <param name="dialect">Its dialect.</param>
    /// <param name="newest">The newest file of each role. They are not verified: a builder trusts its own store.</param>
    /// <param name="time">The clock of expiry.</param>
    public static TufRepositoryBuilder Open(ITufDialect dialect, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> newest, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(newest);
        TufRepositoryBuilder builder = new(dialect, time);
        foreach ((string role, ReadOnlyMemory<byte> file) in newest)
        {
            builder.trees[role] = JsonText.Object(TufEnvelope.Parse(file, dialect).Signed);
            builder.Put(role, file);
        }
        foreach (string delegator in newest.Keys.Where(role => role is not (TufRoles.Root or TufRoles.Snapshot or TufRoles.Timestamp)))
            foreach (JsonNode? role in builder.trees[delegator]["delegations"]?["roles"]?.AsArray() ?? [])
                builder.delegators.TryAdd(role!["name"]!.GetValue<string>(), delegator);
        builder.changed.Clear();
        return builder;
    }

    /// <summary>Whether files are named by version and targets by hash. On by default in TUF 1.0.</summary>
    public bool IsConsistent
    {
        get => trees[TufRoles.Root]["consistent_snapshot"]?.GetValue<bool>() ?? false;
        set => Edit(TufRoles.Root, tree => tree["consistent_snapshot"] = value);
    }

    /// <summary>Whether snapshot and timestamp say lengths and hashes; they do always in notary's dialect.</summary>
    public bool HasMetaHashes { get; set; }

    /// <summary>Roles with changes that are not published.</summary>
    public IReadOnlyCollection<string> Changed => changed;

    /// <summary>The newest file of each role.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Current => current;

    /// <summary>All files that were published, old versions too, by the names that clients ask for.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files => files;

    /// <summary>How long a role's next version lives: root ten years, targets and snapshot three, timestamp 14 days by default, as notary.</summary>
    public void SetLifetime(string role, TimeSpan lifetime)
    {
        lifetimes[role] = lifetime;
        changed.Add(role);
    }

    /// <summary>Changes the tree of a role directly, also in members that this library does not know.</summary>
    /// <param name="role">The role.</param>
    /// <param name="edit">Changes the member <c>signed</c>.</param>
    public void Edit(string role, Action<JsonObject> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        edit(TreeOf(role));
        changed.Add(role);
    }

    /// <summary>Says who signs a role of the top level. Keys that no role has any more leave the root.</summary>
    /// <param name="role">The role.</param>
    /// <param name="threshold">How many must sign.</param>
    /// <param name="keys">The keys.</param>
    public void SetKeys(string role, int threshold, params IReadOnlyCollection<TufKey> keys) => Edit(TufRoles.Root, tree =>
    {
        JsonObject all = tree["keys"]!.AsObject(), roles = tree["roles"]!.AsObject();
        foreach (TufKey key in keys) all.TryAdd(key.Id, dialect.WriteKey(key));
        roles[role] = RoleKeys(threshold, keys);
        Prune(all, roles.Select(pair => pair.Value!));
    });

    /// <summary>Adds a target, or replaces what is said of it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="hashes">Its digests.</param>
    /// <param name="role">The role that describes it.</param>
    /// <param name="custom">What the application keeps with it.</param>
    public void AddTarget(string path, long lengthBytes, TufHashes hashes, string role = TufRoles.Targets, JsonNode? custom = null)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        JsonObject file = new() { ["hashes"] = Hashes(hashes), ["length"] = lengthBytes };
        if (custom is not null) file["custom"] = custom.DeepClone();
        Edit(role, tree => tree["targets"]!.AsObject()[path] = file);
    }

    /// <summary>Removes a target.</summary>
    /// <returns>Whether the role described it.</returns>
    public bool RemoveTarget(string path, string role = TufRoles.Targets)
    {
        if (!TreeOf(role)["targets"]!.AsObject().Remove(path)) return false;
        changed.Add(role);
        return true;
    }

    private JsonObject NewTree(string role)
    {
        JsonObject tree = new() { ["_type"] = dialect.TypeOf(TufRoles.IsTopLevel(role) ? role : TufRoles.Targets), ["version"] = 0L };
        dialect.WriteSpecification(tree);
        if (role is not (TufRoles.Root or TufRoles.Snapshot or TufRoles.Timestamp)) tree["targets"] = new JsonObject();
        // Notary's own programs take delegations for granted.
        if (!dialect.HasMetaVersions && tree.ContainsKey("targets")) tree["delegations"] = new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() };
        return tree;
    }

    private JsonObject TreeOf(string role) =>
        trees.GetValueOrDefault(role) ?? throw new TufException(TufFault.NotFound, $"change {role}: there is no such role");

    private static JsonObject RoleKeys(int threshold, IEnumerable<TufKey> keys)
    {
        JsonArray ids = [];
        foreach (TufKey key in keys) ids.Add((JsonNode)key.Id);
        return new() { ["keyids"] = ids, ["threshold"] = threshold };
    }

    private static void Prune(JsonObject keys, IEnumerable<JsonNode> roles)
    {
        HashSet<string> used = [.. roles.SelectMany(role => role["keyids"]!.AsArray()).Select(id => id!.GetValue<string>())];
        foreach (string id in keys.Select(pair => pair.Key).Where(id => !used.Contains(id)).ToArray()) keys.Remove(id);
    }

    private JsonObject Hashes(TufHashes hashes)
    {
        JsonObject all = [];
        foreach ((System.Security.Cryptography.HashAlgorithmName algorithm, ReadOnlyMemory<byte> digest) in hashes.All)
            all[algorithm.Name!.ToLowerInvariant()] = dialect.EncodeHash(digest.Span);
        return all;
    }
}
