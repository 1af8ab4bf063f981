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
        foreach (string path in paths)
        {
            if (path.Length == 0) continue;
            int slash = path.LastIndexOf('/');
            string folder = slash < 0 ? "." : path[..slash];
            if (Files.TryOpenAt2(upper.Fd, folder, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS, out FdHandle? parent) != Errno.None) continue;
            using (parent) RemoveEntry(parent!, Encoding.UTF8.GetBytes(path[(slash + 1)..] + "\0"), Below(parts, path), restores: slash >= 0);
        }
    }

    private static void RemoveEntry(FdHandle parent, byte[] name, FileStatus? below, bool restores)
    {
        if (Entries.TryStatus(parent.Fd, name, out FileStatus status) != Errno.None) return;
        Files.TryStatus(parent.Fd, out FileStatus before).ThrowIfError("stat the directory of a mount point");
        bool isEmptyFile = below is null && (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG && status.Size == 0;
        // A directory that was there is in this layer because something was made in it; what is left of that may go when it says nothing else.
        bool isMere = status.IsDirectory && (below is null || IsCopy(parent, name, status, below.Value));
        // A directory that has something in it is refused by the kernel.
        Errno errno = isMere ? Entries.TryRemoveDirectory(parent.Fd, name) : isEmptyFile ? Entries.TryUnlink(parent.Fd, name) : Errno.EEXIST;
        if (errno == Errno.None && restores) Files.TrySetTimes(parent.Fd, new(before.AccessSeconds, before.AccessNanoseconds), new(before.ModifySeconds, before.ModifyNanoseconds)).ThrowIfError("set times of the directory of a mount point");
    }

    /// <summary>Whether a directory is what overlayfs made of the one below when something in it was changed.</summary>
    private static bool IsCopy(FdHandle parent, byte[] name, in FileStatus status, in FileStatus below)
    {
        if (status.Mode != below.Mode || status.Uid != below.Uid || status.Gid != below.Gid) return false;
        if (Entries.TryOpen(parent.Fd, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? directory) != Errno.None) return false;
        // One that hides what is below would show it again.
        using (directory)
            return Files.TryGetAttribute(directory!.Fd, "trusted.overlay.opaque\0"u8, [], out _) != Errno.None && Files.TryGetAttribute(directory.Fd, "user.overlay.opaque\0"u8, [], out _) != Errno.None;
    }

    /// <summary>What the layers below have there.</summary>
    private static FileStatus? Below(OverlayParts parts, string path)
    {
        foreach (string lower in parts.Lowers)
        {
            using FdHandle root = Files.Open(lower, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            if (Files.TryOpenAt2(root.Fd, path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out FdHandle? found) != Errno.None) continue;
            using (found)
            {
                Files.TryStatus(found!.Fd, out FileStatus status).ThrowIfError("stat below a mount point", path);
                return status;
            }
        }
        return null;
    }
}
