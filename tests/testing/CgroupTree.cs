namespace Keelson.Testing;

/// <summary>The cgroup hierarchies of the machine, as the tests see them: v1, v2 or hybrid.</summary>
public static class CgroupTree
{
    /// <summary>Where each hierarchy is mounted.</summary>
    public static IReadOnlyList<string> Hierarchies { get; } = Find();

    /// <summary>Whether resources are limited through v1 controllers.</summary>
    public static bool IsV1 => Needs.Missing(Need.CgroupV1) is null;

    /// <summary>The file of a controller for one cgroup: <c>/sys/fs/cgroup/memory/PATH/memory.limit_in_bytes</c>.</summary>
    /// <param name="controller">The v1 controller; on v2 it is passed over.</param>
    /// <param name="cgroup">Path below the hierarchy, with a leading slash.</param>
    /// <param name="file">Name of the file.</param>
    public static string PathOf(string controller, string cgroup, string file) =>
        IsV1 ? $"/sys/fs/cgroup/{controller}{cgroup}/{file}" : $"/sys/fs/cgroup{cgroup}/{file}";

    /// <summary>The text of a controller's file without the newline at its end.</summary>
    public static string Read(string controller, string cgroup, string file) => File.ReadAllText(PathOf(controller, cgroup, file)).TrimEnd('\n');

    /// <summary>The cgroups below <paramref name="cgroup"/> in any hierarchy, with their full paths.</summary>
    public static IEnumerable<string> Below(string cgroup)
    {
        foreach (string hierarchy in Hierarchies)
            if (Directory.Exists(hierarchy + cgroup))
                foreach (string found in Directory.EnumerateDirectories(hierarchy + cgroup, "*", SearchOption.AllDirectories))
                    yield return found;
    }

    /// <summary>Removes a cgroup and those below it. One with processes in it stays.</summary>
    /// <param name="directory">Full path in one hierarchy; nothing happens when it is not there.</param>
    public static void Remove(string directory)
    {
        if (!Directory.Exists(directory)) return;
        foreach (string child in Directory.EnumerateDirectories(directory)) Remove(child);
        // rmdir(2) without looking inside: the files of a cgroup cannot be removed one by one.
        _ = Linux.Sys.Files.TryRemoveDirectory(directory);
    }

    private static List<string> Find()
    {
        List<string> found = [];
        foreach (MountEntry mount in MountEntry.ReadAll())
            if (mount.FileSystem is "cgroup" or "cgroup2")
                found.Add(mount.Target);
        return found;
    }
}
