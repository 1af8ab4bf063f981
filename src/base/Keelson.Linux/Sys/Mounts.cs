using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Mounts through descriptors. fsopen(2), open_tree(2), move_mount(2), mount_setattr(2), umount2(2).</summary>
public static unsafe partial class Mounts
{
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, UnmountFlags flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a0, byte* a1, long a2, byte* a3, long a4);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, MountFlags flags, string? data);

    /// <summary>Mounts a file system, or binds a directory. mount(2).</summary>
    /// <param name="source">A device, a directory, or a word.</param>
    /// <param name="target">Where; symbolic links are followed.</param>
    /// <param name="type">The kind of file system; of no effect with MS_BIND.</param>
    /// <param name="flags">MS_*.</param>
    /// <param name="data">Options of the file system with commas between, less than a page in all.</param>
    public static Errno TryMount(string source, string target, string type, MountFlags flags, string? data) => Outcome.Of(mount(source, target, type, flags, data));

    /// <summary>Detaches a mount. umount2(2).</summary>
    /// <returns>EBUSY: in use. EINVAL: not a mount point.</returns>
    public static Errno TryUnmount(string target, UnmountFlags flags = 0) => Outcome.Of(umount2(target, flags));

    /// <summary>Opens a place in the tree, or a detached copy of the mount there. open_tree(2).</summary>
    /// <param name="directory">Descriptor that a relative path starts from.</param>
    /// <param name="path">May be empty with AT_EMPTY_PATH among the flags.</param>
    /// <param name="flags">OPEN_TREE_* and AT_*; close-on-exec is added.</param>
    /// <param name="handle">The mount, owned by the caller; a detached copy goes away with it unless it is attached.</param>
    public static Errno TryOpenTree(int directory, string path, OpenTreeFlags flags, out FdHandle? handle)
    {
        long fd;
        Errno errno;
        fixed (byte* p = Text.Utf8Z(path)) errno = Outcome.Of(fd = syscall((long)Syscall.open_tree, directory, p, (long)(flags | OpenTreeFlags.OPEN_TREE_CLOEXEC), null, 0));
        handle = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>Attaches a mount that a descriptor stands for to a place that another stands for. move_mount(2).</summary>
    public static Errno TryMove(int mount, int target)
    {
        byte empty = 0;
        // MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
        return Outcome.Of(syscall((long)Syscall.move_mount, mount, &empty, target, &empty, 0x44));
    }

    /// <summary>Changes the attributes of a mount, or of the tree below it. mount_setattr(2).</summary>
    /// <param name="mount">Descriptor of the mount.</param>
    /// <param name="attributes">What to set and clear.</param>
    /// <param name="recursive">The mounts below it too.</param>
    public static Errno TrySetAttributes(int mount, in MountAttributes attributes, bool recursive = false)
    {
        byte empty = 0;
        fixed (MountAttributes* p = &attributes)
            return Outcome.Of(syscall((long)Syscall.mount_setattr, mount, &empty, 0x1000 | (recursive ? 0x8000 : 0), (byte*)p, sizeof(MountAttributes)));
    }
}

/// <summary>Flags of umount2(2).</summary>
[Flags]
public enum UnmountFlags
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Even when in use; data may be lost.</summary>
    MNT_FORCE = 1,
    /// <summary>Out of sight now, gone when no longer in use.</summary>
    MNT_DETACH = 2,
    /// <summary>Not through a symbolic link.</summary>
    UMOUNT_NOFOLLOW = 8,
}

/// <summary>Flags of open_tree(2).</summary>
[Flags]
public enum OpenTreeFlags
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>A detached copy.</summary>
    OPEN_TREE_CLONE = 1,
    /// <summary>With an empty path: what the descriptor stands for.</summary>
    AT_EMPTY_PATH = 0x1000,
    /// <summary>The last component is not followed.</summary>
    AT_SYMLINK_NOFOLLOW = 0x100,
    /// <summary>With a copy: the mounts below as well.</summary>
    AT_RECURSIVE = 0x8000,
    /// <summary>Close on execve.</summary>
    OPEN_TREE_CLOEXEC = 0x80000,
}

/// <summary><c>struct mount_attr</c>. mount_setattr(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MountAttributes
{
    /// <summary>Attributes to set.</summary>
    public MountAttributeFlags Set;
    /// <summary>Attributes to clear.</summary>
    public MountAttributeFlags Clear;
    /// <summary>One of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0 leaves it.</summary>
    public MountPropagation Propagation;
    /// <summary>With MOUNT_ATTR_IDMAP: descriptor of a user namespace.</summary>
    public ulong UserNamespaceFd;
}

/// <summary>Attributes of a mount. mount_setattr(2).</summary>
[Flags]
public enum MountAttributeFlags : ulong
{
    /// <summary>None; also the value of "relatime" in the field of access times.</summary>
    None = 0,
    /// <summary>Read-only.</summary>
    MOUNT_ATTR_RDONLY = 1,
    /// <summary>Set-user-ID bits and file capabilities do nothing.</summary>
    MOUNT_ATTR_NOSUID = 2,
    /// <summary>Device nodes do nothing.</summary>
    MOUNT_ATTR_NODEV = 4,
    /// <summary>Nothing is executed.</summary>
    MOUNT_ATTR_NOEXEC = 8,
    /// <summary>The field of access times: the three values below.</summary>
    MOUNT_ATTR__ATIME = 0x70,
    /// <summary>Access times are not kept.</summary>
    MOUNT_ATTR_NOATIME = 0x10,
    /// <summary>Access times are always kept.</summary>
    MOUNT_ATTR_STRICTATIME = 0x20,
    /// <summary>Access times of directories are not kept.</summary>
    MOUNT_ATTR_NODIRATIME = 0x80,
    /// <summary>Owners are mapped.</summary>
    MOUNT_ATTR_IDMAP = 0x100000,
    /// <summary>Symbolic links are not followed.</summary>
    MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
}

/// <summary>How mount events spread. mount_namespaces(7).</summary>
public enum MountPropagation : ulong
{
    /// <summary>Left as it is.</summary>
    Unchanged = 0,
    /// <summary>Not, and the mount cannot be bound.</summary>
    MS_UNBINDABLE = 1 << 17,
    /// <summary>Not.</summary>
    MS_PRIVATE = 1 << 18,
    /// <summary>From the master to here.</summary>
    MS_SLAVE = 1 << 19,
    /// <summary>Both ways.</summary>
    MS_SHARED = 1 << 20,
}
