using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>Parts that several kinds of metadata have.</summary>
internal static class MetadataReader
{
    public static Dictionary<string, TufKey> Keys(JsonElement owner, ITufDialect dialect)
    {
        JsonElement element = owner.Member("keys", JsonValueKind.Object);
        Dictionary<string, TufKey> keys = new(StringComparer.Ordinal);
        foreach (JsonProperty pair in element.EnumerateObject()) keys.Add(pair.Name, dialect.ReadKey(pair.Name, pair.Value));
        return keys;
    }

    public static TufRoleKeys RoleKeys(JsonElement role)
    {
        string[] ids = role.Member("keyids", JsonValueKind.Array).Texts("keyids");
        if (ids.Distinct(StringComparer.Ordinal).Count() != ids.Length) throw JsonMembers.Malformed("a role names a key twice");
        return new(ids, (int)Math.Min(role.Integer("threshold", 1), int.MaxValue));
    }

    /// <summary>The member <c>meta</c>, by role.</summary>
    public static Dictionary<string, TufMetaFile> Meta(JsonElement signed, ITufDialect dialect)
    {
        Dictionary<string, TufMetaFile> files = new(StringComparer.Ordinal);
        foreach (JsonProperty pair in signed.Member("meta", JsonValueKind.Object).EnumerateObject())
        {
            string role = dialect.RoleOfMeta(pair.Name) ?? throw JsonMembers.Malformed($"meta names {pair.Name}");
            files.Add(role, new(
                dialect.HasMetaVersions ? pair.Value.Integer("version", 1) : 0,
                pair.Value.OptionalInteger("length", 0),
                pair.Value.Optional("hashes", JsonValueKind.Object) is { } hashes ? TufHashes.Read(hashes, dialect) : null));
            if (!dialect.HasMetaVersions && files[role].Hashes is null) throw JsonMembers.Malformed($"meta of {role} has no hashes");
        }
        return files;
    }
}
