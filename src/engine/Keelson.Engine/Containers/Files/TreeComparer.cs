using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Finds what is different between two trees, for <c>docker diff</c>.</summary>
internal static class TreeComparer
{
    /// <summary>Compares.</summary>
    /// <param name="before">The image's root.</param>
    /// <param name="after">The container's root.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The differences; a directory that holds one is one itself, and comes before it.</returns>
    public static List<TreeChange> Compare(FdHandle before, FdHandle after, CancellationToken cancel)
    {
        List<TreeChange> changes = [];
        Walk("", before, after, changes, cancel);
        return changes;
    }

    private static void Walk(string path, FdHandle? before, FdHandle after, List<TreeChange> changes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        SortedDictionary<string, FileStatus> old = before is null ? new(StringComparer.Ordinal) : List(before), now = List(after);
        foreach (string name in old.Keys.Where(name => !now.ContainsKey(name))) changes.Add(new($"{path}/{name}", TreeChangeKind.Deleted));
        foreach ((string name, FileStatus status) in now)
        {
            string child = $"{path}/{name}";
            bool wasThere = old.TryGetValue(name, out FileStatus was);
            int place = changes.Count;
            bool isReplaced = wasThere && (was.Mode & FileStatus.S_IFMT) != (status.Mode & FileStatus.S_IFMT);
            if (!wasThere) changes.Add(new(child, TreeChangeKind.Added));
            else if (isReplaced || IsChanged(was, status)) changes.Add(new(child, TreeChangeKind.Modified));
            if (!status.IsDirectory) continue;
            int inside = changes.Count;
            using FdHandle? below = wasThere && was.IsDirectory ? Open(before!, name) : null;
            using FdHandle? here = Open(after, name);
            if (here is not null) Walk(child, below, here, changes, cancel);
            if (changes.Count > inside && inside == place) changes.Insert(place, new(child, TreeChangeKind.Modified));
        }
    }

    private static bool IsChanged(in FileStatus was, in FileStatus now) =>
        was.Mode != now.Mode || was.Uid != now.Uid || was.Gid != now.Gid || was.NodeDevice != now.NodeDevice
        || !now.IsDirectory && (was.Size != now.Size || was.ModifySeconds != now.ModifySeconds || was.ModifyNanoseconds != now.ModifyNanoseconds);

    private static SortedDictionary<string, FileStatus> List(FdHandle directory)
    {
        SortedDictionary<string, FileStatus> entries = new(StringComparer.Ordinal);
        Directories.TryListNames(".", out List<string> names, directory.Fd).ThrowIfError("list");
        foreach (string name in names)
            if (Files.TryStatus(name, out FileStatus status, followLink: false, directory.Fd) == Errno.None) entries[name] = status;
        return entries;
    }

    private static FdHandle? Open(FdHandle directory, string name) =>
        Files.TryOpen(name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, out FdHandle? found, directory: directory.Fd) == Errno.None ? found : null;
}
