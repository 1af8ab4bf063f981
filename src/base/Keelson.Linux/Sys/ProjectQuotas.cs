using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Limits for the files of a directory, which its file system keeps: those files are one project. quotactl_fd(2), ioctl(2) FS_IOC_FSSETXATTR.</summary>
/// <remarks>ext4 with the feature <c>project</c> and xfs have them, when mounted with <c>prjquota</c>.</remarks>
public static unsafe partial class ProjectQuotas
{
    private const ulong FS_IOC_FSGETXATTR = 0x801c581f, FS_IOC_FSSETXATTR = 0x401c5820;
    private const uint FS_XFLAG_PROJINHERIT = 0x200, Q_GETQUOTA = 0x800007, Q_SETQUOTA = 0x800008, PRJQUOTA = 2, QIF_BLIMITS = 1;

    /// <summary>Limits are counted in these.</summary>
    private const int BlockBytes = 1024;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, ProjectAttributes* argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long fd, long command, long id, QuotaBlock* address);

    /// <summary>The project of a directory or file.</summary>
    /// <param name="fd">Open for reading.</param>
    /// <param name="project">Its number; 0 is none.</param>
    /// <returns>ENOTTY, EOPNOTSUPP: the file system knows no projects.</returns>
    public static Errno TryGetProject(int fd, out uint project)
    {
        ProjectAttributes attributes = default;
        Errno errno = Outcome.Of(ioctl(fd, FS_IOC_FSGETXATTR, &attributes));
        project = attributes.Project;
        return errno;
    }

    /// <summary>Puts an empty directory into a project; what is made in it will be in it, too.</summary>
    /// <param name="fd">The directory, open for reading.</param>
    /// <param name="project">The project's number.</param>
    /// <returns>ENOTTY, EOPNOTSUPP: the file system knows no projects.</returns>
    public static Errno TrySetProject(int fd, uint project)
    {
        ProjectAttributes attributes = default;
        Errno errno = Outcome.Of(ioctl(fd, FS_IOC_FSGETXATTR, &attributes));
        if (errno != Errno.None) return errno;
        attributes.Flags |= FS_XFLAG_PROJINHERIT;
        attributes.Project = project;
        return Outcome.Of(ioctl(fd, FS_IOC_FSSETXATTR, &attributes));
    }

    /// <summary>Limits a project. Linux 5.14.</summary>
    /// <param name="fd">Anything on the file system.</param>
    /// <param name="project">The project's number.</param>
    /// <param name="limitBytes">What its files may take, rounded up to 1 KiB; 0 for no limit.</param>
    /// <returns>ESRCH, ENOSYS, ENOTSUP: the file system keeps no limits of projects. EPERM: the caller is not root.</returns>
    public static Errno TrySetLimit(int fd, uint project, long limitBytes)
    {
        ulong blocks = (ulong)((limitBytes + BlockBytes - 1) / BlockBytes);
        QuotaBlock quota = new() { HardLimit = blocks, SoftLimit = blocks, Valid = QIF_BLIMITS };
        return Outcome.Of(syscall((long)Syscall.quotactl_fd, fd, Command(Q_SETQUOTA), project, &quota));
    }

    /// <summary>Reads a project's limit and what its files take, in bytes.</summary>
    /// <returns>As <see cref="TrySetLimit"/>; ENOENT also: xfs knows nothing of the project, which has neither.</returns>
    public static Errno TryGetLimit(int fd, uint project, out long limitBytes, out long usedBytes)
    {
        QuotaBlock quota = default;
        Errno errno = Outcome.Of(syscall((long)Syscall.quotactl_fd, fd, Command(Q_GETQUOTA), project, &quota));
        (limitBytes, usedBytes) = ((long)quota.HardLimit * BlockBytes, (long)quota.UsedBytes);
        return errno;
    }

    private static long Command(uint what) => (what << 8) | PRJQUOTA;

    /// <summary><c>struct fsxattr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProjectAttributes
    {
        public uint Flags, ExtentSize, Extents, Project, CopyExtentSize;
        private readonly uint padding, padding2;
    }

    /// <summary><c>struct if_dqblk</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct QuotaBlock
    {
        public ulong HardLimit, SoftLimit, UsedBytes, FilesHardLimit, FilesSoftLimit, Files, BlocksUntil, FilesUntil;
        public uint Valid;
    }
}
