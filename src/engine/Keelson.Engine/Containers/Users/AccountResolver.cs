using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>Finds the numbers of a user that is given as <c>user</c>, <c>uid</c>, <c>user:group</c> or <c>uid:gid</c>, by the rules of runC.</summary>
internal static class AccountResolver
{
    /// <summary>Resolves a user and groups besides.</summary>
    /// <param name="user">The user; empty for 0.</param>
    /// <param name="more">Groups besides, names or numbers.</param>
    /// <param name="files">What the container's root says.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a name is not there, or a number is above 2147483647.</exception>
    public static Account Resolve(string user, IReadOnlyList<string> more, AccountFiles files)
    {
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        string userPart = colon < 0 ? user : user[..colon], groupPart = colon < 0 ? "" : user[(colon + 1)..];
        uint? number = Number("user", userPart);
        (string Name, uint Uid, uint Gid)? entry = FindUser(files.Passwd, userPart, number ?? (userPart.Length == 0 ? 0 : null));
        if (entry is null && userPart.Length > 0 && number is null)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"unable to find user {userPart}: no matching entries in passwd file");
        uint uid = entry?.Uid ?? number ?? 0, gid = entry?.Gid ?? 0;
        List<uint> groups = [];
        if (groupPart.Length > 0) gid = FindGroup(files.Group, groupPart);
        else if (entry is not null) AddMemberships(files.Group, entry.Value.Name, groups);
        groups.Insert(0, gid);
        foreach (string group in more)
        {
            uint found = FindGroup(files.Group, group);
            if (!groups.Contains(found)) groups.Add(found);
        }
        return new(uid, gid, [.. groups]);
    }

    private static (string Name, uint Uid, uint Gid)? FindUser(string passwd, string name, uint? number)
    {
        foreach (ReadOnlySpan<char> line in passwd.AsSpan().EnumerateLines())
        {
            if (!TryField(line, 0, out ReadOnlySpan<char> found) || found.IsEmpty || found[0] == '#' || !TryField(line, 2, out ReadOnlySpan<char> uidText)) continue;
            bool isNamed = name.Length > 0 && found.SequenceEqual(name);
            bool isValid = TryId(uidText, out uint uid);
            if (!isNamed && !(isValid && uid == number)) continue;
            TryField(line, 3, out ReadOnlySpan<char> gidText);
            if (!isValid || !TryId(gidText, out uint gid))
                throw new KeelsonException(ErrorKind.InvalidArgument, $"unable to find user {name}: its entry in the passwd file has no numbers from 0 to 2147483647");
            return (found.ToString(), uid, gid);
        }
        return null;
    }

    private static uint FindGroup(string file, string group)
    {
        uint? number = Number("group", group);
        foreach (ReadOnlySpan<char> line in file.AsSpan().EnumerateLines())
        {
            if (!TryField(line, 0, out ReadOnlySpan<char> name) || name.IsEmpty || !TryField(line, 2, out ReadOnlySpan<char> gidText)) continue;
            bool isValid = TryId(gidText, out uint gid);
            if (name.SequenceEqual(group)) return isValid ? gid : throw new KeelsonException(ErrorKind.InvalidArgument, $"unable to find group {group}: its entry in the group file has no number from 0 to 2147483647");
            if (isValid && gid == number) return gid;
        }
        return number ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"unable to find group {group}: no matching entries in group file");
    }

    private static void AddMemberships(string file, string user, List<uint> groups)
    {
        foreach (ReadOnlySpan<char> line in file.AsSpan().EnumerateLines())
        {
            if (!TryField(line, 3, out ReadOnlySpan<char> members) || !TryField(line, 2, out ReadOnlySpan<char> gidText) || !TryId(gidText, out uint gid)) continue;
            foreach (Range member in members.Split(','))
                if (members[member].SequenceEqual(user))
                {
                    groups.Add(gid);
                    break;
                }
        }
    }

    private static bool TryField(ReadOnlySpan<char> line, int index, out ReadOnlySpan<char> field)
    {
        for (int i = 0; i < index; i++)
        {
            int colon = line.IndexOf(':');
            if (colon < 0)
            {
                field = default;
                return false;
            }
            line = line[(colon + 1)..];
        }
        int end = line.IndexOf(':');
        field = (end < 0 ? line : line[..end]).Trim();
        return true;
    }

    /// <summary>A number as people write it; <see langword="null"/> for a name.</summary>
    private static uint? Number(string what, string text)
    {
        ReadOnlySpan<char> digits = text.AsSpan(text is ['-' or '+', ..] ? 1 : 0);
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9')) return null;
        return TryId(text, out uint id) ? id : throw new KeelsonException(ErrorKind.InvalidArgument, $"{what} {text}: uids and gids must be in range 0-2147483647");
    }

    private static bool TryId(ReadOnlySpan<char> text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= int.MaxValue;
}
