using System.Buffers;
using System.Globalization;

namespace Keelson.Notary.Server;

/// <summary>What a path asks for.</summary>
internal enum TrustPathKind
{
    None,
    Base,
    Upload,
    Current,
    ByHash,
    ByVersion,
    Key,
    CollectionFeed,
    Feed,
    Health,
}

/// <summary>A path of a request, taken apart.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Gun">The collection, or empty.</param>
/// <param name="Role">The role, or empty.</param>
/// <param name="Hash">A hash in lower-case hexadecimal digits, or empty.</param>
/// <param name="Version">A version, or 0.</param>
internal readonly record struct TrustPath(TrustPathKind Kind, string Gun = "", string Role = "", string Hash = "", long Version = 0)
{
    /// <summary>The longest name of a collection: what notary's tables hold.</summary>
    public const int LongestGun = 255;

    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    private const string Begin = "/v2/", Files = "/_trust/tuf/", Changes = "/_trust/changefeed";

    /// <summary>Takes a path apart.</summary>
    public static TrustPath Read(string path)
    {
        if (path is "/v2/") return new(TrustPathKind.Base);
        if (path is "/_notary_server/health") return new(TrustPathKind.Health);
        if (!path.StartsWith(Begin, StringComparison.Ordinal)) return new(TrustPathKind.None);
        if (path is "/v2" + Changes) return new(TrustPathKind.Feed);
        if (path.EndsWith(Changes, StringComparison.Ordinal) && path.Length > Begin.Length + Changes.Length) return new(TrustPathKind.CollectionFeed, path[Begin.Length..^Changes.Length]);
        int at = path.LastIndexOf(Files, StringComparison.Ordinal);
        if (at <= Begin.Length - 1) return new(TrustPathKind.None);
        string gun = path[Begin.Length..at], file = path[(at + Files.Length)..];
        if (file.Length == 0) return new(TrustPathKind.Upload, gun);
        if (file is "snapshot.key" or "timestamp.key") return new(TrustPathKind.Key, gun, file[..^4]);
        // Any other role has no key here, and is told so.
        if (file.EndsWith(".key", StringComparison.Ordinal) && IsRole(file[..^4])) return new(TrustPathKind.Key, gun, file[..^4]);
        return file.EndsWith(".json", StringComparison.Ordinal) ? ReadFile(gun, file[..^5]) : new(TrustPathKind.None);
    }

    /// <summary>Whether a name is one of a role: of the top level, or delegated, with words of lower-case letters, digits, <c>-</c> and <c>_</c>.</summary>
    public static bool IsRole(string role)
    {
        if (role is "root" or "targets" or "snapshot" or "timestamp") return true;
        if (role.Length > LongestGun || !role.StartsWith("targets/", StringComparison.Ordinal)) return false;
        foreach (Range word in role.AsSpan().Split('/'))
            if (role.AsSpan(word) is { IsEmpty: true } || role.AsSpan(word).ContainsAnyExcept(Letters))
                return false;
        return true;
    }

    private static TrustPath ReadFile(string gun, string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot > 0 && name[(dot + 1)..] is { Length: 64 or 96 or 128 } hash && hash.All(char.IsAsciiHexDigit) && IsRole(name[..dot]))
            return new(TrustPathKind.ByHash, gun, name[..dot], hash.ToLowerInvariant());
        int first = name.IndexOf('.', StringComparison.Ordinal);
        if (first > 0 && long.TryParse(name.AsSpan(0, first), NumberStyles.None, CultureInfo.InvariantCulture, out long version) && IsRole(name[(first + 1)..]))
            return new(TrustPathKind.ByVersion, gun, name[(first + 1)..], Version: version);
        return IsRole(name) ? new(TrustPathKind.Current, gun, name) : new(TrustPathKind.None);
    }

    /// <summary>Why a name of a collection is none; <see langword="null"/> when it is one.</summary>
    public static string? Refuse(string gun, IReadOnlyList<string> prefixes)
    {
        if (gun.Length is 0 or > LongestGun) return $"it has {gun.Length} characters, and not 1 to {LongestGun}";
        // An asterisk would stand for many in certificates and scopes.
        if (gun.Contains('*', StringComparison.Ordinal) || gun.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))) return "it has an asterisk, white space or a control character";
        if (gun[0] == '/' || gun[^1] == '/' || gun.Split('/').Any(word => word is "" or "." or "..")) return "it has an empty part, or one that is . or ..";
        return prefixes.Count > 0 && !prefixes.Any(prefix => gun.StartsWith(prefix, StringComparison.Ordinal)) ? $"it must begin with one of: {string.Join(", ", prefixes)}" : null;
    }
}
