using System.Globalization;
using System.Text.Json.Nodes;

namespace Keelson.Tuf;

public sealed partial class TufRepositoryBuilder
{
    /// <summary>Delegates paths to a role; it comes after the delegations that are there. The role begins empty when it is new.</summary>
    /// <param name="delegator">Who delegates: <c>targets</c> or a delegated role.</param>
    /// <param name="name">The role.</param>
    /// <param name="threshold">How many must sign.</param>
    /// <param name="keys">Whose signatures it needs.</param>
    /// <param name="paths">Patterns of paths (TUF 1.0), beginnings of paths (notary).</param>
    /// <param name="isTerminating">Whether nobody after it is asked for these paths. TUF 1.0 alone.</param>
    public void Delegate(string delegator, string name, int threshold, IReadOnlyCollection<TufKey> keys, IReadOnlyCollection<string> paths, bool isTerminating = false)
    {
        ArgumentNullException.ThrowIfNull(paths);
        AddDelegation(delegator, name, threshold, keys, "paths", paths, isTerminating);
    }

    /// <summary>Delegates all paths to bins by their hashes: the roles <c>prefix-0</c>, <c>prefix-1</c>, ... TUF 1.0 alone.</summary>
    /// <param name="delegator">Who delegates.</param>
    /// <param name="prefix">What the roles' names begin with.</param>
    /// <param name="bitLength">How many bits of a hash choose the bin: 1 to 12, for 2 to 4096 roles.</param>
    /// <param name="threshold">How many must sign.</param>
    /// <param name="keys">Whose signatures each bin needs.</param>
    /// <returns>The names of the roles.</returns>
    public IReadOnlyList<string> DelegateToBins(string delegator, string prefix, int bitLength, int threshold, IReadOnlyCollection<TufKey> keys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bitLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bitLength, 12);
        // Prefixes are of whole hexadecimal digits; a bin has as many of them as it takes.
        int digits = (bitLength + 3) / 4, perBin = 1 << ((4 * digits) - bitLength);
        string format = "x" + digits.ToString(CultureInfo.InvariantCulture);
        List<string> names = [];
        for (int bin = 0; bin < 1 << bitLength; bin++)
        {
            names.Add(prefix + "-" + bin.ToString(format, CultureInfo.InvariantCulture));
            string[] prefixes = [.. Enumerable.Range(bin * perBin, perBin).Select(value => value.ToString(format, CultureInfo.InvariantCulture))];
            AddDelegation(delegator, names[^1], threshold, keys, "path_hash_prefixes", prefixes, false);
        }
        return names;
    }

    /// <summary>Delegates all paths to bins by their hashes, in three members. It takes the place of other delegations. TUF 1.0 alone.</summary>
    /// <param name="delegator">Who delegates.</param>
    /// <param name="prefix">What the roles' names begin with.</param>
    /// <param name="bitLength">How many bits of a hash choose the bin: 1 to 32. The roles begin empty up to 16 bits; beyond, they are made when used.</param>
    /// <param name="threshold">How many must sign.</param>
    /// <param name="keys">Whose signatures each bin needs.</param>
    /// <returns>The bins.</returns>
    public TufSuccinctRoles DelegateSuccinctly(string delegator, string prefix, int bitLength, int threshold, IReadOnlyCollection<TufKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfLessThan(bitLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bitLength, 32);
        TufSuccinctRoles roles = new(new([.. keys.Select(key => key.Id)], threshold), bitLength, prefix);
        Edit(delegator, tree =>
        {
            JsonObject all = [];
            foreach (TufKey key in keys) all[key.Id] = dialect.WriteKey(key);
            JsonObject bins = RoleKeys(threshold, keys);
            bins["bit_length"] = bitLength;
            bins["name_prefix"] = prefix;
            tree["delegations"] = new JsonObject { ["keys"] = all, ["succinct_roles"] = bins };
        });
        for (long bin = 0; bitLength <= 16 && bin < roles.Count; bin++) AddRole(roles.NameOf(bin), delegator);
        return roles;
    }

    /// <summary>Takes a delegation back. The role's file leaves the next snapshot in notary's dialect; in TUF 1.0 it stays there, as clients demand.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Revoke(string delegator, string name)
    {
        JsonObject? delegations = TreeOf(delegator)["delegations"]?.AsObject();
        JsonNode? found = delegations?["roles"]?.AsArray().FirstOrDefault(role => role!["name"]!.GetValue<string>() == name);
        if (found is null) return false;
        Edit(delegator, _ =>
        {
            delegations!["roles"]!.AsArray().Remove(found);
            Prune(delegations["keys"]!.AsObject(), delegations["roles"]!.AsArray().OfType<JsonNode>());
        });
        if (!dialect.RolesMayBeAbsent) return true;
        foreach (string role in trees.Keys.Where(role => role == name || role.StartsWith(name + "/", StringComparison.Ordinal)).ToArray())
        {
            trees.Remove(role);
            current.Remove(role);
            changed.Remove(role);
            delegators.Remove(role);
        }
        return true;
    }

    private void AddDelegation(
        string delegator, string name, int threshold, IReadOnlyCollection<TufKey> keys, string member, IReadOnlyCollection<string> values, bool isTerminating)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (TufRoles.IsTopLevel(name)) throw new TufException(TufFault.BadPath, $"delegate to {name}: it is a role of the top level");
        dialect.CheckDelegation(delegator, name);
        Edit(delegator, tree =>
        {
            tree["delegations"] ??= new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() };
            JsonObject delegations = tree["delegations"]!.AsObject();
            foreach (TufKey key in keys) delegations["keys"]!.AsObject().TryAdd(key.Id, dialect.WriteKey(key));
            JsonObject role = RoleKeys(threshold, keys);
            role["name"] = name;
            JsonArray list = [];
            foreach (string value in values) list.Add((JsonNode)value);
            role[member] = list;
            if (dialect.HasMetaVersions) role["terminating"] = isTerminating;
            JsonArray roles = delegations["roles"]!.AsArray();
            if (roles.FirstOrDefault(other => other!["name"]!.GetValue<string>() == name) is { } before) roles[roles.IndexOf(before)] = role;
            else roles.Add((JsonNode)role);
        });
        AddRole(name, delegator);
    }

    private void AddRole(string name, string delegator)
    {
        delegators.TryAdd(name, delegator);
        if (trees.TryAdd(name, NewTree(name))) changed.Add(name);
    }
}
