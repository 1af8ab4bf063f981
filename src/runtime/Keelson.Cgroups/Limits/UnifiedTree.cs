using System.Text;
using Keelson.Linux;

namespace Keelson.Cgroups;

/// <summary>Hands controllers down the cgroup v2 tree. Kernel documentation admin-guide/cgroup-v2 "Controlling Controllers".</summary>
internal static class UnifiedTree
{
    /// <summary>Controllers without which a container's group is not taken for complete at the first look.</summary>
    private static readonly string[] Common = ["memory", "pids", "cpu", "io", "cpuset"];

    /// <summary>Enables controllers from the top of the tree down to the parent of a group.</summary>
    /// <param name="mountPoint">Top of the tree.</param>
    /// <param name="group">The group that is to have them; it exists.</param>
    /// <param name="controller">The one that is wanted; <see langword="null"/> for all that the machine has.</param>
    /// <returns>The controllers that the group has in the end, separated by spaces. One that a parent could not hand down is missing.</returns>
    public static string Enable(string mountPoint, CgroupDirectory group, string? controller)
    {
        string has = Text(group, "cgroup.controllers");
        if (HasAll(has, controller is null ? Common : [controller])) return has;
        for (int slash = mountPoint.Length; slash >= 0; slash = group.Path.IndexOf('/', slash + 1))
        {
            CgroupDirectory level = new("", group.Path[..slash]);
            string available = Text(level, "cgroup.controllers");
            if (HasAll(has, controller is null ? available.Split(' ') : [controller])) break;
            Hand(level, controller is null ? available.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [controller]);
        }

        // A child of a threaded group is invalid until it is threaded itself; it then has the threaded controllers alone.
        if (Text(group, "cgroup.type") == "domain invalid") group.Write("cgroup.type", "threaded");
        return Text(group, "cgroup.controllers");
    }

    /// <summary>Whether a list that is separated by spaces holds a name.</summary>
    public static bool Lists(string list, string name)
    {
        foreach (Range range in list.AsSpan().Split(' '))
            if (list.AsSpan(range).TrimEnd('\n').SequenceEqual(name))
                return true;
        return false;
    }

    private static bool HasAll(string list, ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (!Lists(list, name))
                return false;
        return true;
    }

    private static void Hand(CgroupDirectory level, string[] controllers)
    {
        if (controllers.Length == 0 || level.TryWrite("cgroup.subtree_control", "+" + string.Join(" +", controllers)) == Errno.None) return;

        // One that cannot be handed down (EBUSY: there are processes here; EACCES: not ours; ENOENT: not available) must not hold back the others.
        // Whether that matters is decided by who needs it.
        foreach (string controller in controllers) _ = level.TryWrite("cgroup.subtree_control", "+" + controller);
    }

    private static string Text(CgroupDirectory directory, string file) => Encoding.ASCII.GetString(directory.ReadShort(file, stackalloc byte[512]));
}
