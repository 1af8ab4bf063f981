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

    /// <summary>Whose signatures a role needs.</summary>
    /// <param name="role">What its owner says of it.</param>
    /// <param name="mayBeNobody">Whether <c>keyids</c> may be null: docker writes that of a delegation whose last key it took away. Nobody signs it until it gets another.</param>
    public static TufRoleKeys RoleKeys(JsonElement role, bool mayBeNobody = false)
    {
        string[] ids = mayBeNobody && role.Optional("keyids", JsonValueKind.Array) is null ? [] : role.Member("keyids", JsonValueKind.Array).Texts("keyids");
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
