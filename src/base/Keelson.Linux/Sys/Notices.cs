using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Descriptors that the kernel makes readable when something happens. eventfd(2), inotify(7).</summary>
public static partial class Notices
{
    private const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;

    /// <summary>A watched file was written or changed by the kernel. inotify(7).</summary>
    public const uint IN_MODIFY = 2;

    /// <summary>The watched file was removed. inotify(7).</summary>
    public const uint IN_DELETE_SELF = 0x400;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint start, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, uint mask);

    /// <summary>A counter that is readable while it is not 0; reading 8 bytes resets it. eventfd(2).</summary>
    /// <param name="handle">Close-on-exec and non-blocking, owned by the caller.</param>
    public static Errno TryOpenCounter(out FdHandle? handle)
    {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        Errno errno = Outcome.Of(fd);
        handle = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <summary>A descriptor that becomes readable when a watched file changes. inotify(7).</summary>
    /// <param name="handle">Close-on-exec and non-blocking, owned by the caller.</param>
    public static Errno TryOpenWatcher(out FdHandle? handle)
    {
        int fd = inotify_init1(EFD_CLOEXEC | EFD_NONBLOCK);
        Errno errno = Outcome.Of(fd);
        handle = errno == Errno.None ? new FdHandle(fd) : null;
        return errno;
    }

    /// <summary>Watches one more file. inotify_add_watch(2).</summary>
    /// <param name="watcher">From <see cref="TryOpenWatcher"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="mask">Which changes, for example <see cref="IN_MODIFY"/>.</param>
    public static Errno TryAddWatch(int watcher, string path, uint mask) => Outcome.Of(inotify_add_watch(watcher, path, mask));
}
