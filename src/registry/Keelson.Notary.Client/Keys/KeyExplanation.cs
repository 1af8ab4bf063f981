namespace Keelson.Notary.Client;

/// <summary>What a key of the trust directory is for, as the metadata that are kept here say.</summary>
/// <param name="Key">The key.</param>
/// <param name="Uses">Where it signs; none known: it waits, or is a left-over of a rotation.</param>
public sealed record KeyExplanation(TrustKeyInfo Key, IReadOnlyList<KeyUse> Uses)
{
    /// <summary>The explanation in a sentence.</summary>
    public string Text
    {
        get
        {
            string what = Key.Role switch
            {
                TufRoles.Root => "root key: says which other keys count; keep it offline and backed up, without it no other key can be replaced",
                TufRoles.Targets => "targets key: signs tags and delegations; the root key can replace it",
                TufRoles.Snapshot => "snapshot key: says which metadata belong together; the root key can replace it",
                _ => "delegation key: signs tags for a role that the targets key delegated to; it can be removed and added there",
            };
            if (Uses.Count == 0) return what + "; no collection that is known here uses it";
            bool isAlone = Uses.Any(use => use.Role == TufRoles.Root && use.KeyCount == use.Threshold);
            return what + (isAlone ? "; losing it loses the collection" : "");
        }
    }

    /// <summary>Explains all keys of a trust directory. Reads what is kept and asks no server.</summary>
    /// <param name="trustDirectory">The trust directory.</param>
    /// <param name="keys">Its keys.</param>
    public static IReadOnlyList<KeyExplanation> Explain(string trustDirectory, TrustKeyStore keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Dictionary<string, List<KeyUse>> uses = new(StringComparer.Ordinal);
        string collections = Path.Combine(trustDirectory, "tuf");
        if (Directory.Exists(collections))
            foreach (string root in Directory.EnumerateFiles(collections, "root.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                if (Path.GetDirectoryName(root) is { } folder && Path.GetFileName(folder) == "metadata")
                    Collect(Path.GetRelativePath(collections, Path.GetDirectoryName(folder)!), folder, uses);
        return [.. keys.List().Select(key => new KeyExplanation(key, uses.GetValueOrDefault(key.Id) ?? []))];
    }

    private static void Collect(string gun, string folder, Dictionary<string, List<KeyUse>> uses)
    {
        NotaryDialect dialect = new();
        try
        {
            TufRoot root = new(TufEnvelope.Parse(File.ReadAllBytes(Path.Combine(folder, "root.json")), dialect));
            foreach (string role in TufRoles.TopLevel) Add(role, root.KeysOf(role), root.Keys);
            foreach (string path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Where(path => Path.GetRelativePath(folder, path).StartsWith("targets", StringComparison.Ordinal)))
                if (new TufTargets(TufEnvelope.Parse(File.ReadAllBytes(path), dialect)).Delegations is { } delegations)
                    foreach (TufDelegatedRole role in delegations.Roles)
                        Add(role.Name, role.Keys, delegations.Keys);
        }
        catch (TufException)
        {
            // A file that is broken explains nothing.
        }

        void Add(string role, TufRoleKeys by, IReadOnlyDictionary<string, TufKey> all)
        {
            foreach (string id in by.KeyIds)
            {
                if (!all.TryGetValue(id, out TufKey? key)) continue;
                string canonical = TrustPublicKeys.CanonicalId(key);
                if (!uses.TryGetValue(canonical, out List<KeyUse>? list)) uses[canonical] = list = [];
                list.Add(new(gun, role, by.Threshold, by.KeyIds.Count));
            }
        }
    }
}
