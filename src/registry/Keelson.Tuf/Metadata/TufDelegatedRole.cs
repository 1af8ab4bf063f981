using System.Security.Cryptography;
using System.Text;

namespace Keelson.Tuf;

/// <summary>A role that targets, or another delegated role, entrusts with some paths.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Keys">Whose signatures it needs.</param>
/// <param name="Paths">Patterns of paths (TUF 1.0) or beginnings of paths (notary); null with <paramref name="PathHashPrefixes"/>.</param>
/// <param name="PathHashPrefixes">Beginnings of the hexadecimal SHA-256 of paths; null with <paramref name="Paths"/>.</param>
/// <param name="IsTerminating">Whether nobody after this role is asked for a path that it is entrusted with.</param>
public sealed record TufDelegatedRole(
    string Name, TufRoleKeys Keys, IReadOnlyList<string>? Paths, IReadOnlyList<string>? PathHashPrefixes, bool IsTerminating)
{
    /// <summary>Whether the role is entrusted with a path.</summary>
    /// <param name="path">The target's path.</param>
    /// <param name="dialect">Says what a pattern means.</param>
    public bool IsFor(string path, ITufDialect dialect)
    {
        if (Paths is { } paths)
        {
            foreach (string pattern in paths)
                if (dialect.Matches(pattern, path))
                    return true;
            return false;
        }
        if (PathHashPrefixes is not { } prefixes) return false;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
        return prefixes.Any(prefix => hash.StartsWith(prefix, StringComparison.Ordinal));
    }
}
