using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;

namespace Keelson.Shim.Tasks;

/// <summary>Mounts a root file system as the snapshotter says, and takes it away again.</summary>
internal static class RootfsMounts
{
    private const int PageBytes = 4096, MaximumLayers = 1024;

    /// <summary>Mounts all, in their order; on a failure what was mounted is unmounted.</summary>
    /// <param name="mounts">What to mount.</param>
    /// <param name="rootfs">Where; it is made when it is missing.</param>
    /// <exception cref="KeelsonException">A mount failed.</exception>
    public static void Mount(IReadOnlyList<MountEntry> mounts, string rootfs)
    {
        if (mounts.Count == 0) return;
        Files.TryMakeDirectories(rootfs, 0b111_001_001).ThrowIfError("mkdir", rootfs);
        try
        {
            foreach (MountEntry mount in mounts) MountOne(mount, TargetOf(mount, rootfs));
        }
        catch
        {
            Unmount(rootfs);
            throw;
        }
    }

    /// <summary>Unmounts everything at a place, however many mounts lie upon each other. Nothing is done where nothing is mounted.</summary>
    /// <exception cref="LinuxException">A mount could not be taken away.</exception>
    public static void Unmount(string rootfs)
    {
        for (int i = 0; i < MaximumLayers; i++)
        {
            Errno errno = Mounts.TryUnmount(rootfs, UnmountFlags.MNT_DETACH | UnmountFlags.UMOUNT_NOFOLLOW);
            // EINVAL: nothing is mounted there any more.
            if (errno is Errno.EINVAL or Errno.ENOENT) return;
            errno.ThrowIfError("umount", rootfs);
        }
    }

    private static string TargetOf(MountEntry mount, string rootfs)
    {
        if (mount.Target.Length == 0) return rootfs;
        if (mount.Target.Split('/').Contains("..")) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount {mount.Source} on {mount.Target}: it leads out of the root");
        return rootfs + "/" + mount.Target.TrimStart('/');
    }

    private static void MountOne(MountEntry mount, string target)
    {
        MountFlags flags = MountFlags.None, propagation = MountFlags.None;
        List<string> data = [];
        bool isRecursive = false;
        foreach (string option in mount.Options)
        {
            if (option is "loop") throw new KeelsonException(ErrorKind.Unsupported, $"mount {mount.Source} on {target}: loop devices are not made here");
            (MountFlags set, MountFlags clear, MountFlags spread) = FlagOf(option);
            flags = (flags | set) & ~clear;
            propagation |= spread;
            isRecursive |= option.StartsWith('r') && spread != MountFlags.None;
            if (set == MountFlags.None && clear == MountFlags.None && spread == MountFlags.None && option.Length > 0 && option is not ("rw" or "defaults" or "async")) data.Add(option);
        }
        string text = string.Join(',', data);
        if (Encoding.UTF8.GetByteCount(text) < PageBytes) MountAt(mount, target, flags, text);
        else MountFromTheLayers(mount, target, flags, data);
        if ((flags & MountFlags.MS_BIND) != 0 && (flags & ~(MountFlags.MS_BIND | MountFlags.MS_REC)) != 0)
            Mounts.TryMount("none", target, "", flags | MountFlags.MS_REMOUNT, null).ThrowIfError("remount", target);
        if (propagation != MountFlags.None)
            Mounts.TryMount("none", target, "", propagation | (isRecursive ? MountFlags.MS_REC : MountFlags.None), null).ThrowIfError("mount", target);
    }

    private static void MountAt(MountEntry mount, string target, MountFlags flags, string data) =>
        Mounts.TryMount(mount.Source, target, mount.Type, flags, data.Length == 0 ? null : data).ThrowIfError($"mount {mount.Type} on", target);

    /// <summary>The kernel takes one page of options: with many layers, their paths are written from the directory that they share.</summary>
    private static void MountFromTheLayers(MountEntry mount, string target, MountFlags flags, List<string> data)
    {
        int at = data.FindIndex(option => option.StartsWith("lowerdir=", StringComparison.Ordinal));
        if (at < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount {mount.Type} on {target}: the options are longer than a page");
        string[] layers = data[at]["lowerdir=".Length..].Split(':');
        string shared = layers[0];
        foreach (string layer in layers) shared = SharedDirectory(shared, layer);
        if (shared.Length < 2) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount {mount.Type} on {target}: the options are longer than a page, and the layers share no directory");
        data[at] = "lowerdir=" + string.Join(':', layers.Select(layer => layer == shared ? "." : layer[(shared.Length + 1)..]));
        string text = string.Join(',', data);
        if (Encoding.UTF8.GetByteCount(text) >= PageBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount {mount.Type} on {target}: the options are longer than a page");
        Directories.TryEnter(shared).ThrowIfError("chdir", shared);
        try
        {
            MountAt(mount, target, flags, text);
        }
        finally
        {
            Directories.TryEnter("/").ThrowIfError("chdir", "/");
        }
    }

    private static string SharedDirectory(string a, string b)
    {
        if (a == b) return a;
        int slash = -1;
        for (int i = 0; i <= Math.Min(a.Length, b.Length); i++)
        {
            bool endA = i == a.Length || a[i] == '/', endB = i == b.Length || b[i] == '/';
            if (endA && endB) slash = i;
            if (i == a.Length || i == b.Length || a[i] != b[i]) break;
        }
        return slash <= 0 ? "" : a[..slash];
    }

    private static (MountFlags Set, MountFlags Clear, MountFlags Propagation) FlagOf(string option) => option switch
    {
        "ro" => (MountFlags.MS_RDONLY, 0, 0),
        "rw" => (0, MountFlags.MS_RDONLY, 0),
        "nosuid" => (MountFlags.MS_NOSUID, 0, 0),
        "suid" => (0, MountFlags.MS_NOSUID, 0),
        "nodev" => (MountFlags.MS_NODEV, 0, 0),
        "dev" => (0, MountFlags.MS_NODEV, 0),
        "noexec" => (MountFlags.MS_NOEXEC, 0, 0),
        "exec" => (0, MountFlags.MS_NOEXEC, 0),
        "sync" => (MountFlags.MS_SYNCHRONOUS, 0, 0),
        "dirsync" => (MountFlags.MS_DIRSYNC, 0, 0),
        "noatime" => (MountFlags.MS_NOATIME, 0, 0),
        "atime" => (0, MountFlags.MS_NOATIME, 0),
        "nodiratime" => (MountFlags.MS_NODIRATIME, 0, 0),
        "diratime" => (0, MountFlags.MS_NODIRATIME, 0),
        "relatime" => (MountFlags.MS_RELATIME, 0, 0),
        "norelatime" => (0, MountFlags.MS_RELATIME, 0),
        "strictatime" => (MountFlags.MS_STRICTATIME, 0, 0),
        "nostrictatime" => (0, MountFlags.MS_STRICTATIME, 0),
        "bind" => (MountFlags.MS_BIND, 0, 0),
        "rbind" => (MountFlags.MS_BIND | MountFlags.MS_REC, 0, 0),
        "remount" => (MountFlags.MS_REMOUNT, 0, 0),
        "private" or "rprivate" => (0, 0, MountFlags.MS_PRIVATE),
        "slave" or "rslave" => (0, 0, MountFlags.MS_SLAVE),
        "shared" or "rshared" => (0, 0, MountFlags.MS_SHARED),
        _ => default,
    };
}
