using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>How to open a file. open(2), x86-64.</summary>
[Flags]
public enum OpenFlags
{
    /// <summary>For reading.</summary>
    O_RDONLY = 0,
    /// <summary>For writing.</summary>
    O_WRONLY = 1,
    /// <summary>For both.</summary>
    O_RDWR = 2,
    /// <summary>Make it when it is missing.</summary>
    O_CREAT = 0x40,
    /// <summary>With <c>O_CREAT</c>: EEXIST when it is there.</summary>
    O_EXCL = 0x80,
    /// <summary>Do not make it the controlling terminal.</summary>
    O_NOCTTY = 0x100,
    /// <summary>Cut it to length 0.</summary>
    O_TRUNC = 0x200,
    /// <summary>Every write goes to the end.</summary>
    O_APPEND = 0x400,
    /// <summary>Calls on it return EAGAIN instead of waiting.</summary>
    O_NONBLOCK = 0x800,
    /// <summary>ENOTDIR unless it is a directory.</summary>
    O_DIRECTORY = 0x10000,
    /// <summary>ELOOP when the last component is a symbolic link; with <c>O_PATH</c>, open the link itself.</summary>
    O_NOFOLLOW = 0x20000,
    /// <summary>Close on execve.</summary>
    O_CLOEXEC = 0x80000,
    /// <summary>A handle on the place in the tree alone.</summary>
    O_PATH = 0x200000,
}

/// <summary>What path resolution may not do. openat2(2).</summary>
[Flags]
public enum ResolveFlags : ulong
{
    /// <summary>No rule.</summary>
    None = 0,
    /// <summary>Not cross into another mount.</summary>
    RESOLVE_NO_XDEV = 1,
    /// <summary>Not follow links like <c>/proc/self/fd/3</c>.</summary>
    RESOLVE_NO_MAGICLINKS = 2,
    /// <summary>Not follow any symbolic link.</summary>
    RESOLVE_NO_SYMLINKS = 4,
    /// <summary>Not leave the start directory: EXDEV.</summary>
    RESOLVE_BENEATH = 8,
    /// <summary>Take the start directory for the root.</summary>
    RESOLVE_IN_ROOT = 16,
}

/// <summary>Operations of flock(2).</summary>
[Flags]
public enum LockOperation
{
    /// <summary>Many may hold it.</summary>
    Shared = 1,
    /// <summary>One may hold it.</summary>
    Exclusive = 2,
    /// <summary>EAGAIN instead of waiting.</summary>
    NonBlocking = 4,
    /// <summary>Leave it.</summary>
    Unlock = 8,
}

/// <summary>Argument of openat2(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenHow
{
    /// <summary>Flags as of open(2).</summary>
    public ulong Flags;
    /// <summary>Permission bits of a file that is created.</summary>
    public ulong Mode;
    /// <summary><see cref="ResolveFlags"/>.</summary>
    public ulong Resolve;
}

/// <summary>One descriptor to wait for. poll(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollEntry
{
    /// <summary>The descriptor; a negative one is passed over.</summary>
    public int Fd;
    /// <summary>What to wait for.</summary>
    public PollEvents Events;
    /// <summary>What happened.</summary>
    public PollEvents Returned;
}

/// <summary>Conditions of poll(2).</summary>
[Flags]
public enum PollEvents : short
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>There is something to read.</summary>
    POLLIN = 1,
    /// <summary>An exceptional condition, such as an out-of-memory notice of cgroup v2 files.</summary>
    POLLPRI = 2,
    /// <summary>Writing will not wait.</summary>
    POLLOUT = 4,
    /// <summary>An error.</summary>
    POLLERR = 8,
    /// <summary>The other end is closed.</summary>
    POLLHUP = 16,
}

/// <summary><c>struct stat</c> of x86-64. stat(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileStatus
{
    /// <summary>Device of the file system.</summary>
    public ulong Device;
    /// <summary>Inode number.</summary>
    public ulong Inode;
    /// <summary>Number of hard links.</summary>
    public ulong Links;
    /// <summary>Type and permission bits.</summary>
    public uint Mode;
    /// <summary>Owner.</summary>
    public uint Uid;
    /// <summary>Group.</summary>
    public uint Gid;
    private readonly int padding;
    /// <summary>For a device node, the device it stands for; see <see cref="Linux.Sys.Device"/>.</summary>
    public ulong NodeDevice;
    /// <summary>Length in bytes.</summary>
    public long Size;
    /// <summary>Preferred size of a read, in bytes.</summary>
    public long BlockSize;
    /// <summary>Blocks of 512 bytes in use.</summary>
    public long Blocks;
    /// <summary>Last access: seconds since 1970.</summary>
    public long AccessSeconds;
    /// <summary>Last access: nanoseconds.</summary>
    public long AccessNanoseconds;
    /// <summary>Last change of contents: seconds since 1970.</summary>
    public long ModifySeconds;
    /// <summary>Last change of contents: nanoseconds.</summary>
    public long ModifyNanoseconds;
    /// <summary>Last change of the inode: seconds since 1970.</summary>
    public long ChangeSeconds;
    /// <summary>Last change of the inode: nanoseconds.</summary>
    public long ChangeNanoseconds;
    private readonly long reserved0, reserved1, reserved2;

    /// <summary>The bits of <see cref="Mode"/> that hold the type. inode(7).</summary>
    public const uint S_IFMT = 0xF000, S_IFIFO = 0x1000, S_IFCHR = 0x2000, S_IFDIR = 0x4000, S_IFBLK = 0x6000, S_IFREG = 0x8000, S_IFLNK = 0xA000, S_IFSOCK = 0xC000;

    /// <summary>Whether it is a directory.</summary>
    public readonly bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;

    /// <summary>Whether it is a symbolic link.</summary>
    public readonly bool IsSymbolicLink => (Mode & S_IFMT) == S_IFLNK;

    /// <summary>Whether it is a character device.</summary>
    public readonly bool IsCharacterDevice => (Mode & S_IFMT) == S_IFCHR;
}

/// <summary><c>struct statfs</c> of x86-64. statfs(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileSystemStatus
{
    /// <summary>Magic number: see <see cref="FileSystemMagic"/>.</summary>
    public long Type;
    private readonly long blockSize, blocks, free, available, files, filesFree, id, nameLength, fragmentSize, flags, spare0, spare1, spare2, spare3;
}

/// <summary>Magic numbers of file systems. statfs(2).</summary>
public static class FileSystemMagic
{
    /// <summary>proc(5).</summary>
    public const long PROC_SUPER_MAGIC = 0x9fa0;
    /// <summary>sysfs(5).</summary>
    public const long SYSFS_MAGIC = 0x62656572;
    /// <summary>tmpfs(5).</summary>
    public const long TMPFS_MAGIC = 0x01021994;
    /// <summary>cgroup v1.</summary>
    public const long CGROUP_SUPER_MAGIC = 0x27e0eb;
    /// <summary>cgroup v2.</summary>
    public const long CGROUP2_SUPER_MAGIC = 0x63677270;
    /// <summary>Pseudo-terminals.</summary>
    public const long DEVPTS_SUPER_MAGIC = 0x1cd1;
    /// <summary>Namespaces.</summary>
    public const long NSFS_MAGIC = 0x6e736673;
}

/// <summary>Device numbers as the kernel packs them. makedev(3).</summary>
public static class Device
{
    /// <summary>Packs a pair of numbers.</summary>
    public static ulong Make(uint major, uint minor) =>
        ((ulong)(minor & 0xff)) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & ~0xffu) << 12) | ((ulong)(major & ~0xfffu) << 32);

    /// <summary>The driver's number.</summary>
    public static uint Major(ulong device) => (uint)((device >> 8) & 0xfff) | (uint)((device >> 32) & ~0xffful);

    /// <summary>The unit's number.</summary>
    public static uint Minor(ulong device) => (uint)(device & 0xff) | (uint)((device >> 12) & ~0xfful);
}
