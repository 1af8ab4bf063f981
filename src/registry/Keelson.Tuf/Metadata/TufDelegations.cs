using System.Text;
using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>To whom a role delegates, and with which keys.</summary>
/// <param name="Keys">The keys by their identifiers.</param>
/// <param name="Roles">The roles in order; empty with <paramref name="Succinct"/>.</param>
/// <param name="Succinct">Bins of hashes; null with <paramref name="Roles"/>.</param>
public sealed record TufDelegations(IReadOnlyDictionary<string, TufKey> Keys, IReadOnlyList<TufDelegatedRole> Roles, TufSuccinctRoles? Succinct)
{
    /// <summary>The longest name of a role: 1024 bytes, far above what file systems and URLs like.</summary>
    public const int MaximumNameBytes = 1024;

    /// <summary>The roles that are entrusted with a path, in the order in which they are asked.</summary>
    /// <param name="path">The target's path.</param>
    /// <param name="dialect">Says what a pattern means.</param>
    public IEnumerable<TufDelegatedRole> RolesFor(string path, ITufDialect dialect) =>
        Succinct is not null ? [Succinct.RoleOf(path)] : Roles.Where(role => role.IsFor(path, dialect));

    /// <summary>The role of a name, or null.</summary>
    /// <param name="name">A name.</param>
    public TufDelegatedRole? Find(string name) => Succinct is not null ? Succinct.Find(name) : Roles.FirstOrDefault(role => role.Name == name);

    internal static TufDelegations Read(JsonElement element, ITufDialect dialect)
    {
        Dictionary<string, TufKey> keys = MetadataReader.Keys(element, dialect);
        JsonElement? roles = element.Optional("roles", JsonValueKind.Array), succinct = element.Optional("succinct_roles", JsonValueKind.Object);
        if (roles is not null && succinct is not null) throw JsonMembers.Malformed("delegations have both roles and succinct_roles");
        if (succinct is { } bins) return new(keys, [], ReadSuccinct(bins));
        if (roles is null) return new(keys, [], null);
        List<TufDelegatedRole> list = new(roles.Value.GetArrayLength());
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (JsonElement role in roles.Value.EnumerateArray())
        {
            list.Add(ReadRole(role, dialect));
            if (!names.Add(list[^1].Name)) throw JsonMembers.Malformed("two delegations of one name");
        }
        return new(keys, list, null);
    }

    private static TufDelegatedRole ReadRole(JsonElement element, ITufDialect dialect)
    {
        string[]? paths = element.Optional("paths", JsonValueKind.Array)?.Texts("paths");
        string[]? prefixes = element.Optional("path_hash_prefixes", JsonValueKind.Array)?.Texts("path_hash_prefixes");
        if (paths is not null && prefixes is not null) throw JsonMembers.Malformed("a delegation has both paths and path_hash_prefixes");
        if (prefixes is not null && prefixes.Any(prefix => prefix.Length > 64 || prefix.Any(c => !char.IsAsciiHexDigitLower(c))))
            throw JsonMembers.Malformed("a prefix of hashes that is not hexadecimal");
        return new(CheckedName(element.Text("name")), MetadataReader.RoleKeys(element, mayBeNobody: dialect.RolesMayBeAbsent), paths, prefixes, element.Flag("terminating"));
    }

    private static TufSuccinctRoles ReadSuccinct(JsonElement element)
    {
        long bits = element.Integer("bit_length", 1);
        if (bits > 32) throw JsonMembers.Malformed("bit_length is above 32");
        return new(MetadataReader.RoleKeys(element), (int)bits, CheckedName(element.Text("name_prefix")));
    }

    private static string CheckedName(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaximumNameBytes) throw JsonMembers.Malformed("the name of a role is empty or too long");
        return TufRoles.IsTopLevel(name) ? throw new TufException(TufFault.BadPath, $"read delegation: {name} is a role of the top level") : name;
    }
}
