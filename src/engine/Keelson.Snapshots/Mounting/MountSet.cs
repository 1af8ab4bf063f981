using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>Carries out lists of mounts, by descriptors: fsopen(2), open_tree(2), mount_setattr(2), move_mount(2); Linux 5.12.</summary>
public static partial class MountSet
{
    /// <summary>More mounts than this on one place are not ours.</summary>
    private const int StackLimit = 64;

    /// <summary>How often a mount in use is tried again, and the pause between two tries in microseconds: one second in all.</summary>
    private const int BusyTries = 200, BusyPauseMicroseconds = 5_000;

    /// <summary>Mounts a list, one after the other; all of it or nothing.</summary>
    /// <param name="mounts">What a snapshotter answered.</param>
    /// <param name="target">An existing directory.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an option that nothing knows. Others as the kernel says.</exception>
    public static void Mount(IReadOnlyList<Mount> mounts, string target)
    {
        if (mounts.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount on {target}: there is nothing to mount");
        List<string> done = [];
        try
        {
            foreach (Mount mount in mounts)
            {
                string place = mount.Target.Length == 0 ? target : Below(target, mount.Target);
                Attach(mount, place);
                done.Add(place);
            }
        }
        catch
        {
            for (int i = done.Count - 1; i >= 0; i--) _ = Mounts.TryUnmount(done[i], UnmountFlags.MNT_DETACH | UnmountFlags.UMOUNT_NOFOLLOW);
            throw;
        }
    }

    /// <summary>Takes away all that is mounted on a place.</summary>
    /// <param name="target">The place; nothing mounted there is no error.</param>
    /// <param name="isLazy">Out of sight at once, gone when it is no longer used; otherwise a mount that stays in use for a second is EBUSY.</param>
    /// <exception cref="LinuxException">EBUSY: in use.</exception>
    public static void Unmount(string target, bool isLazy = false)
    {
        UnmountFlags flags = UnmountFlags.UMOUNT_NOFOLLOW | (isLazy ? UnmountFlags.MNT_DETACH : 0);
        for (int i = 0; i < StackLimit; i++)
        {
            Errno errno = TryUnmount(target, flags);
            if (errno is Errno.EINVAL or Errno.ENOENT) return;
            errno.ThrowIfError("umount", target);
        }
        throw new KeelsonException(ErrorKind.FailedPrecondition, $"umount {target}: there are more than {StackLimit} mounts on it");
    }

    /// <summary>Makes a mount that is attached nowhere. It goes away with its descriptor.</summary>
    /// <param name="mount">What to mount.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: an option that nothing knows. Others as the kernel says.</exception>
    public static FdHandle MakeDetached(Mount mount)
    {
        MountWords words = MountWords.Read(mount);
        if (words.IsBind) return Bind(mount, words);
        if (words.Layers.Length > 0) return Overlay(mount, words);
        if (words.Owners is not null) throw new KeelsonException(ErrorKind.Unsupported, $"mount {mount}: owners are mapped for bind and overlay alone");
        return FileSystem(mount, words);
    }

    /// <summary>A program that another thread starts at this moment has copies of this process's descriptors up to its execve: they use the mount for a while.</summary>
    private static Errno TryUnmount(string target, UnmountFlags flags)
    {
        for (int tries = 0; ; tries++)
        {
            Errno errno = Mounts.TryUnmount(target, flags);
            if (errno != Errno.EBUSY || tries == BusyTries) return errno;
            Clock.Pause(BusyPauseMicroseconds);
        }
    }

    private static void Attach(Mount mount, string place)
    {
        using FdHandle made = MakeDetached(mount), target = Files.Open(place, OpenFlags.O_PATH);
        Mounts.TryMove(made.Fd, target.Fd).ThrowIfError("mount on", place);
    }

    private static FdHandle Bind(Mount mount, MountWords words)
    {
        OpenTreeFlags flags = OpenTreeFlags.OPEN_TREE_CLONE | (words.IsRecursive ? OpenTreeFlags.AT_RECURSIVE : 0);
        Mounts.TryOpenTree(Files.AT_FDCWD, mount.Source, flags, out FdHandle? tree).ThrowIfError("open tree", mount.Source);
        try
        {
            SetAttributes(tree!, words.Set, words.Clear, words.Propagation, words.IsRecursive, mount.Source);
            if (words.Owners is not null) MapOwners(tree!, words.Owners, words.IsRecursive, mount.Source);
            return tree!;
        }
        catch
        {
            tree!.Dispose();
            throw;
        }
    }

    private static FdHandle FileSystem(Mount mount, MountWords words)
    {
        using FileSystemContext context = Begin(mount.Type);
        Errno errno = mount.Source.Length == 0 ? Errno.None : context.TrySet("source", mount.Source);
        Check(errno, context, mount.ToString());
        if ((words.Set & MountAttributeFlags.MOUNT_ATTR_RDONLY) != 0) Check(context.TrySet("ro"), context, mount.ToString());
        foreach ((string key, string? value) in words.Parameters) Check(value is null ? context.TrySet(key) : context.TrySet(key, value), context, mount.ToString());
        return Finish(context, words, mount.ToString());
    }

    private static FileSystemContext Begin(string type)
    {
        FileSystemContext.TryOpen(type, out FileSystemContext? context).ThrowIfError("open a file system of type", type);
        return context!;
    }

    private static FdHandle Finish(FileSystemContext context, MountWords words, string what)
    {
        Check(context.TryCreate(), context, what);
        Errno errno = context.TryMount(words.Set, out FdHandle? made);
        Check(errno, context, what);
        if (words.Propagation != MountPropagation.Unchanged) SetAttributes(made!, 0, 0, words.Propagation, false, what);
        return made!;
    }

    private static void SetAttributes(FdHandle tree, MountAttributeFlags set, MountAttributeFlags clear, MountPropagation propagation, bool recursive, string what)
    {
        if (set == 0 && clear == 0 && propagation == MountPropagation.Unchanged) return;
        MountAttributes attributes = new() { Set = set, Clear = clear, Propagation = propagation };
        Mounts.TrySetAttributes(tree.Fd, attributes, recursive).ThrowIfError("set attributes of the mount of", what);
    }

    private static void MapOwners(FdHandle tree, OwnerMap owners, bool recursive, string what)
    {
        using FdHandle space = MakeNamespace(owners);
        MapOwners(tree, space, recursive, what);
    }

    private static void MapOwners(FdHandle tree, FdHandle space, bool recursive, string what)
    {
        MountAttributes attributes = new() { Set = MountAttributeFlags.MOUNT_ATTR_IDMAP, UserNamespaceFd = (ulong)space.Fd };
        Mounts.TrySetAttributes(tree.Fd, attributes, recursive).ThrowIfError("map owners of the mount of", what);
    }

    private static FdHandle MakeNamespace(OwnerMap owners)
    {
        UserNamespaces.TryMake(owners.UserLines, owners.GroupLines, out FdHandle? space).ThrowIfError("make user namespace", owners.UserText);
        return space!;
    }

    private static void Check(Errno errno, FileSystemContext context, string what)
    {
        if (errno != Errno.None) throw new LinuxException("mount", what, errno, context.ReadMessage());
    }

    private static string Below(string target, string relative)
    {
        if (relative.Split('/').Contains("..")) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount on {relative} below {target}: the path leaves it");
        return target.TrimEnd('/') + "/" + relative.TrimStart('/');
    }
}
