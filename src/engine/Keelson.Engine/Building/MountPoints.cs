using System.Text;
using Keelson.Engine.Containers;
using Keelson.Engine.Diff;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Snapshots;

namespace Keelson.Engine.Building;

/// <summary>Takes what only was made to mount something on out of a container's files: an image has no use for it, and a command that wrote nothing makes no layer.</summary>
internal static class MountPoints
{
    /// <summary>What the engine mounts in each container; deeper ones first.</summary>
    private static readonly string[] Common =
        ["dev/console", "dev/mqueue", "dev/pts", "dev/shm", "dev", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc", "proc", "sys/fs/cgroup", "sys/fs", "sys"];

    /// <summary>Removes empty files and directories that were made by a start and that lower layers do not have.</summary>
    /// <param name="mounts">The container's root.</param>
    /// <param name="container">The container, which does not run.</param>
    public static void Remove(IReadOnlyList<Mount> mounts, ContainerInfo container)
    {
        string[] own = [.. container.Mounts.Select(mount => mount.Destination.Trim('/')).OrderByDescending(path => path.Length)];
        if (OverlayParts.TryRead(mounts, out OverlayParts? parts) && parts.Upper.Length > 0) RemoveFrom(parts, [.. own, .. Common]);
        else if (mounts is [{ Type: "bind", Target: "" } bind]) RemoveFrom(new(bind.Source, [], false), [.. own, .. Common]);
    }

    private static void RemoveFrom(OverlayParts parts, string[] paths)
    {
        using FdHandle upper = Files.Open(parts.Upper, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Files.TryStatus(upper.Fd, out FileStatus root).ThrowIfError("stat", parts.Upper);
        foreach (string path in paths)
        {
            if (path.Length == 0 || IsBelow(parts, path)) continue;
            int slash = path.LastIndexOf('/');
            string folder = slash < 0 ? "." : path[..slash];
            if (Files.TryOpenAt2(upper.Fd, folder, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS, out FdHandle? parent) != Errno.None) continue;
            using (parent)
            {
                byte[] name = Encoding.UTF8.GetBytes(path[(slash + 1)..] + "\0");
                if (Entries.TryStatus(parent!.Fd, name, out FileStatus status) != Errno.None) continue;
                Files.TryStatus(parent.Fd, out FileStatus before).ThrowIfError("stat", folder);
                bool isEmptyFile = (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG && status.Size == 0;
                // A directory that has something in it is refused by the kernel.
                Errno errno = status.IsDirectory ? Entries.TryRemoveDirectory(parent.Fd, name) : isEmptyFile ? Entries.TryUnlink(parent.Fd, name) : Errno.EEXIST;
                if (errno == Errno.None && slash >= 0) Files.TrySetTimes(parent.Fd, new(before.AccessSeconds, before.AccessNanoseconds), new(before.ModifySeconds, before.ModifyNanoseconds)).ThrowIfError("set times of", folder);
            }
        }
    }

    /// <summary>Whether a lower layer has something there.</summary>
    private static bool IsBelow(OverlayParts parts, string path)
    {
        foreach (string lower in parts.Lowers)
        {
            using FdHandle root = Files.Open(lower, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            if (Files.TryOpenAt2(root.Fd, path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out FdHandle? found) != Errno.None) continue;
            found!.Dispose();
            return true;
        }
        return false;
    }
}
