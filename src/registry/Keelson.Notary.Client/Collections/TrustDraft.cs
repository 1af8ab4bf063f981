using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>The next state of a collection: trees that changes are applied to, then signed. No I/O.</summary>
internal sealed class TrustDraft
{
    private readonly TrustState state;
    private readonly NotaryDialect dialect;
    private readonly Dictionary<string, JsonObject> trees = new(StringComparer.Ordinal);
    private readonly HashSet<string> removed = new(StringComparer.Ordinal);
    private readonly HashSet<string> changed = new(StringComparer.Ordinal);

    public TrustDraft(TrustState state, NotaryDialect dialect)
    {
        (this.state, this.dialect) = (state, dialect);
        foreach ((string role, ReadOnlyMemory<byte> file) in state.Files) trees[role] = TrustJson.Signed(file);
        // A collection that waits for its first publication goes out as it is now.
        if (!state.IsPublished) changed.UnionWith([TufRoles.Root, TufRoles.Targets]);
    }

    /// <summary>Roles with changes that are to be signed, in the order in which they are: the root, targets from the top down.</summary>
    public IEnumerable<string> Changed => changed.Where(role => !removed.Contains(role) && role != TufRoles.Snapshot)
        .OrderBy(role => role == TufRoles.Root ? -1 : role.Count(c => c == '/')).ThenBy(role => role, StringComparer.Ordinal);

    public void Apply(TrustChange change)
    {
        switch (change.Type)
        {
            case "target" when change.Action == "delete":
                // What is gone already stays so: a publication may be repeated that was cut off behind its upload.
                if (Tree(change.Role)["targets"]!.AsObject().Remove(change.Path)) changed.Add(change.Role);
                break;
            case "target":
                AddTarget(change);
                break;
            case "delegation" when change.Role.EndsWith("/*", StringComparison.Ordinal):
                Purge(change.Role[..^2], [.. Texts(change.Content(), "remove_keys")]);
                break;
            case "delegation" when change.Action == "delete":
                RemoveDelegation(change.Role);
                break;
            case "delegation":
                ChangeDelegation(change);
                break;
            case "witness":
                Witness(change.Role);
                break;
            case "role" when change.Role == TufRoles.Root:
                SetKeys(change.Content() ?? throw Fault(ErrorKind.DataLoss, "set keys: the change says none"));
                break;
            default:
                throw Fault(ErrorKind.Unsupported, $"apply change: {change.Action} of {change.Type} is not known");
        }
    }

    /// <summary>Makes a role's next version although nothing in it changes.</summary>
    public void Renew(string role) => Witness(role);

    /// <summary>Takes a role's next version from a file that people signed.</summary>
    public void Take(string role, ReadOnlyMemory<byte> file)
    {
        trees[role] = TrustJson.Signed(file);
        changed.Add(role);
    }

    /// <summary>Whose signatures a role needs, and the keys.</summary>
    public (TufRoleKeys Role, IReadOnlyDictionary<string, TufKey> Keys) KeysOf(string role)
    {
        JsonObject owner = TufRoles.IsTopLevel(role) ? Tree(TufRoles.Root) : Delegations(ParentOf(role));
        JsonObject entry = TufRoles.IsTopLevel(role) ? owner["roles"]![role]!.AsObject()
            : FindDelegation(role) ?? throw Fault(ErrorKind.NotFound, $"sign {role}: nobody delegates to it");
        Dictionary<string, TufKey> keys = new(StringComparer.Ordinal);
        foreach ((string id, JsonNode? key) in owner["keys"]!.AsObject()) keys[id] = TrustPublicKeys.FromJson(key);
        return (new([.. entry["keyids"]!.AsArray().Select(id => id!.GetValue<string>())], entry["threshold"]!.GetValue<int>()), keys);
    }

    /// <summary>The next version of a role, without signatures.</summary>
    public byte[] Stage(string role, DateTimeOffset expires)
    {
        JsonObject tree = trees[role];
        tree["version"] = NextVersion(role);
        tree["expires"] = dialect.WriteExpires(expires);
        return TufSigning.Unsigned(tree);
    }

    /// <summary>The version that a role gets: one more than the published one.</summary>
    public long NextVersion(string role)
    {
        ReadOnlyMemory<byte> before = state.Files.TryGetValue(role, out ReadOnlyMemory<byte> file) ? file : state.Unverified.GetValueOrDefault(role);
        return before.IsEmpty || !state.IsPublished ? 1 : TufEnvelope.Parse(before, dialect).Signed.GetProperty("version").GetInt64() + 1;
    }

    /// <summary>The next snapshot, without signatures: what it named before, and these files.</summary>
    public byte[] StageSnapshot(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, DateTimeOffset expires)
    {
        if (!trees.ContainsKey(TufRoles.Snapshot)) trees[TufRoles.Snapshot] = new() { ["_type"] = "Snapshot", ["version"] = 0 };
        JsonObject meta = trees[TufRoles.Snapshot]["meta"] as JsonObject ?? [];
        trees[TufRoles.Snapshot]["meta"] = meta;
        foreach (string role in removed) meta.Remove(role);
        foreach ((string role, ReadOnlyMemory<byte> file) in state.Files.Where(file => file.Key is TufRoles.Root or TufRoles.Targets).Concat(files))
        {
            JsonObject hashes = [];
            foreach ((System.Security.Cryptography.HashAlgorithmName algorithm, ReadOnlyMemory<byte> digest) in TufHashes.Of(file.Span).All)
                hashes[algorithm.Name!.ToLowerInvariant()] = dialect.EncodeHash(digest.Span);
            meta[role] = new JsonObject { ["hashes"] = hashes, ["length"] = file.Length };
        }
        return Stage(TufRoles.Snapshot, expires);
    }

    private void AddTarget(TrustChange change)
    {
        JsonObject tree = change.Role == TufRoles.Targets || trees.ContainsKey(change.Role) ? Tree(change.Role) : Begin(change.Role);
        if (change.Role != TufRoles.Targets)
        {
            JsonObject delegation = FindDelegation(change.Role) ?? throw Fault(ErrorKind.NotFound, $"add {change.Path} to {change.Role}: nobody delegates to it");
            if (!delegation["paths"]!.AsArray().Any(path => change.Path.StartsWith(path!.GetValue<string>(), StringComparison.Ordinal)))
                throw Fault(ErrorKind.InvalidArgument, $"add {change.Path} to {change.Role}: the role is not entrusted with that path");
        }
        tree["targets"]!.AsObject()[change.Path] = change.Content()?.DeepClone() ?? throw Fault(ErrorKind.DataLoss, $"add {change.Path}: the change does not describe it");
        changed.Add(change.Role);
    }

    private void ChangeDelegation(TrustChange change)
    {
        JsonObject content = change.Content() ?? [];
        JsonObject delegations = Delegations(ParentOf(change.Role));
        dialect.CheckDelegation(ParentOf(change.Role), change.Role);
        JsonObject? role = FindDelegation(change.Role);
        bool isNew = role is null;
        if (role is null)
        {
            if (change.Action != "create") throw Fault(ErrorKind.NotFound, $"change {change.Role}: nobody delegates to it");
            role = new() { ["name"] = change.Role, ["paths"] = new JsonArray(), ["keyids"] = new JsonArray(), ["threshold"] = 1 };
            delegations["roles"]!.AsArray().Add((JsonNode)role);
        }
        JsonObject keys = delegations["keys"]!.AsObject();
        JsonArray ids = role["keyids"]!.AsArray();
        foreach (string canonical in Texts(content, "remove_keys")) RemoveKey(ids, keys, canonical);
        foreach (JsonNode? node in content["add_keys"]?.AsArray() ?? [])
        {
            TufKey key = TrustPublicKeys.FromJson(node);
            keys[key.Id] = TrustPublicKeys.ToJson(key);
            if (!Contains(ids, key.Id)) ids.Add((JsonNode)key.Id);
        }
        // Notary says one whenever it adds keys, and means new roles alone.
        if (content["threshold"]?.GetValue<int>() is > 0 and { } threshold && (isNew || change.Action == "update")) role["threshold"] = threshold;
        HashSet<string> paths = new(content["clear_paths"]?.GetValue<bool>() == true ? [] : role["paths"]!.AsArray().Select(path => path!.GetValue<string>()), StringComparer.Ordinal);
        paths.UnionWith(Texts(content, "add_paths"));
        paths.ExceptWith(Texts(content, "remove_paths"));
        role["paths"] = TrustJson.Texts(paths.Order(StringComparer.Ordinal));
        if (role["threshold"]!.GetValue<int>() > ids.Count && ids.Count > 0) throw Fault(ErrorKind.InvalidArgument, $"change {change.Role}: {role["threshold"]} of {ids.Count} keys can never sign");
        Prune(delegations);
        changed.Add(ParentOf(change.Role));
    }

    private void RemoveDelegation(string name)
    {
        JsonObject delegations = Delegations(ParentOf(name));
        if (FindDelegation(name) is not { } role) return;
        delegations["roles"]!.AsArray().Remove(role);
        Prune(delegations);
        changed.Add(ParentOf(name));
        foreach (string below in trees.Keys.Concat(state.Unverified.Keys).Where(other => other == name || other.StartsWith(name + "/", StringComparison.Ordinal)).ToArray())
        {
            trees.Remove(below);
            removed.Add(below);
        }
    }

    /// <summary>Takes keys out of all delegations of a role and below.</summary>
    private void Purge(string delegator, IReadOnlyList<string> keys)
    {
        foreach (string role in trees.Keys.Where(name => name == delegator || name.StartsWith(delegator + "/", StringComparison.Ordinal)).ToArray())
        {
            JsonObject delegations = Delegations(role);
            JsonObject all = delegations["keys"]!.AsObject();
            foreach (JsonNode? delegation in delegations["roles"]!.AsArray())
                foreach (string key in keys)
                    if (RemoveKey(delegation!["keyids"]!.AsArray(), all, key))
                        changed.Add(role);
            Prune(delegations);
        }
    }

    private void Witness(string role)
    {
        if (state.Unverified.TryGetValue(role, out ReadOnlyMemory<byte> file) && !trees.ContainsKey(role)) trees[role] = TrustJson.Signed(file);
        _ = Tree(role);
        changed.Add(role);
    }

    private void SetKeys(JsonObject content)
    {
        string role = content["role"]?.GetValue<string>() ?? "";
        if (!TufRoles.IsTopLevel(role)) throw Fault(ErrorKind.InvalidArgument, $"set keys of '{role}': not a role of the top level");
        JsonObject root = Tree(TufRoles.Root), keys = root["keys"]!.AsObject();
        JsonArray ids = [];
        foreach (JsonNode? node in content["keys"]!.AsArray())
        {
            TufKey key = TrustPublicKeys.FromJson(node);
            keys[key.Id] = TrustPublicKeys.ToJson(key);
            ids.Add((JsonNode)key.Id);
        }
        root["roles"]![role] = new JsonObject { ["keyids"] = ids, ["threshold"] = content["threshold"]?.GetValue<int>() ?? 1 };
        HashSet<string> used = [.. root["roles"]!.AsObject().SelectMany(pair => pair.Value!["keyids"]!.AsArray()).Select(id => id!.GetValue<string>())];
        foreach (string id in keys.Select(pair => pair.Key).Where(id => !used.Contains(id)).ToArray()) keys.Remove(id);
        changed.Add(TufRoles.Root);
        if (role == TufRoles.Targets) changed.Add(TufRoles.Targets);
    }

    private JsonObject Begin(string role)
    {
        if (FindDelegation(role) is null) throw Fault(ErrorKind.NotFound, $"change {role}: nobody delegates to it");
        if (state.Unverified.ContainsKey(role)) throw Fault(ErrorKind.FailedPrecondition, $"change {role}: its keys changed after it was signed; witness it first");
        return trees[role] = new() { ["_type"] = "Targets", ["version"] = 0, ["targets"] = new JsonObject(), ["delegations"] = new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() } };
    }

    private JsonObject Tree(string role) => trees.GetValueOrDefault(role) ?? throw Fault(ErrorKind.NotFound, $"change {role}: there is no such role");

    private JsonObject Delegations(string role)
    {
        JsonObject tree = trees.GetValueOrDefault(role) ?? Begin(role);
        if (tree["delegations"] is not JsonObject delegations) tree["delegations"] = delegations = [];
        if (delegations["keys"] is not JsonObject) delegations["keys"] = new JsonObject();
        if (delegations["roles"] is not JsonArray) delegations["roles"] = new JsonArray();
        // Notary writes null for what is empty.
        foreach (JsonNode? entry in delegations["roles"]!.AsArray())
            foreach (string name in (ReadOnlySpan<string>)["keyids", "paths"])
                if (entry![name] is not JsonArray)
                    entry[name] = new JsonArray();
        return delegations;
    }

    private JsonObject? FindDelegation(string role) =>
        Delegations(ParentOf(role))["roles"]!.AsArray().FirstOrDefault(other => other!["name"]!.GetValue<string>() == role)?.AsObject();

    private static string ParentOf(string role) => role.LastIndexOf('/') is > 0 and int at ? role[..at] : throw Fault(ErrorKind.InvalidArgument, $"change {role}: not a delegated role");

    private static bool RemoveKey(JsonArray ids, JsonObject keys, string canonical)
    {
        JsonNode? found = ids.FirstOrDefault(id => id!.GetValue<string>() == canonical || (keys[id.GetValue<string>()] is { } key && TrustPublicKeys.CanonicalId(TrustPublicKeys.FromJson(key)) == canonical));
        return found is not null && ids.Remove(found);
    }

    private static bool Contains(JsonArray ids, string id) => ids.Any(other => other!.GetValue<string>() == id);

    private static void Prune(JsonObject delegations)
    {
        JsonObject keys = delegations["keys"]!.AsObject();
        HashSet<string> used = [.. delegations["roles"]!.AsArray().SelectMany(role => role!["keyids"]!.AsArray()).Select(id => id!.GetValue<string>())];
        foreach (string id in keys.Select(pair => pair.Key).Where(id => !used.Contains(id)).ToArray()) keys.Remove(id);
    }

    private static IEnumerable<string> Texts(JsonObject? content, string name) => content?[name]?.AsArray().Select(item => item!.GetValue<string>()) ?? [];

    private static KeelsonException Fault(ErrorKind kind, string message) => new(kind, message);
}
