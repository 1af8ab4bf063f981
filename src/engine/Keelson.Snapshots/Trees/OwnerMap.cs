using System.Globalization;
using System.Text;
using Keelson.Oci;

namespace Keelson.Snapshots;

/// <summary>Owners inside a user namespace and outside: the two labels of <see cref="SnapshotLabels"/>.</summary>
/// <param name="UserText">Value of the label for users: <c>0:100000:65536</c>.</param>
/// <param name="Users">The same, read.</param>
/// <param name="GroupText">Value of the label for groups.</param>
/// <param name="Groups">The same, read.</param>
internal sealed record OwnerMap(string UserText, IdMapping[] Users, string GroupText, IdMapping[] Groups)
{
    /// <summary>The kernel's limit, user_namespaces(7).</summary>
    private const int RangeLimit = 340;

    /// <summary>Reads the labels of a snapshot.</summary>
    /// <returns><see langword="null"/> when it has neither.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: there is but one of them, or one is not of the form.</exception>
    public static OwnerMap? Of(IReadOnlyDictionary<string, string> labels)
    {
        bool hasUsers = labels.TryGetValue(SnapshotLabels.UserMapping, out string? users), hasGroups = labels.TryGetValue(SnapshotLabels.GroupMapping, out string? groups);
        if (!hasUsers && !hasGroups) return null;
        if (!hasUsers || !hasGroups) throw new KeelsonException(ErrorKind.InvalidArgument, $"read labels: {SnapshotLabels.UserMapping} and {SnapshotLabels.GroupMapping} go together");
        return Parse(users!, groups!);
    }

    /// <summary>Reads the two texts.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static OwnerMap Parse(string users, string groups) => new(users, Ranges(users), groups, Ranges(groups));

    /// <summary>The user outside.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: none is mapped to it.</exception>
    public uint MapUser(uint id) => Map(Users, id, "user");

    /// <summary>The group outside.</summary>
    /// <inheritdoc cref="MapUser" path="/exception"/>
    public uint MapGroup(uint id) => Map(Groups, id, "group");

    /// <summary>Lines of <c>uid_map</c>, as user_namespaces(7).</summary>
    public string UserLines => Lines(Users);

    /// <summary>Lines of <c>gid_map</c>.</summary>
    public string GroupLines => Lines(Groups);

    private static uint Map(IdMapping[] ranges, uint id, string kind)
    {
        foreach (IdMapping range in ranges)
            if (id >= range.ContainerId && id - range.ContainerId < range.Size) return range.HostId + (id - range.ContainerId);
        throw new KeelsonException(ErrorKind.FailedPrecondition, $"map owners: {kind} {id} is in no range");
    }

    private static IdMapping[] Ranges(string text)
    {
        string[] words = text.Split(',');
        IdMapping[] ranges = new IdMapping[words.Length];
        if (words.Length > RangeLimit) throw Wrong(text);
        for (int i = 0; i < words.Length; i++)
        {
            string[] numbers = words[i].Split(':');
            if (numbers.Length != 3 || !TryNumber(numbers[0], out uint inside) || !TryNumber(numbers[1], out uint outside) || !TryNumber(numbers[2], out uint size)
                || size == 0 || (ulong)inside + size > uint.MaxValue || (ulong)outside + size > uint.MaxValue) throw Wrong(text);
            ranges[i] = new(inside, outside, size);
        }
        return ranges;
    }

    private static bool TryNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static KeelsonException Wrong(string text) => new(ErrorKind.InvalidArgument, $"read a mapping of owners '{text}': it is not INSIDE:OUTSIDE:COUNT");

    private static string Lines(IdMapping[] ranges)
    {
        StringBuilder lines = new();
        foreach (IdMapping range in ranges) lines.Append(CultureInfo.InvariantCulture, $"{range.ContainerId} {range.HostId} {range.Size}\n");
        return lines.ToString();
    }
}
