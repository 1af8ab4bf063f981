using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Questions about namespaces. ioctl_nsfs(2).</summary>
public static unsafe partial class Namespaces
{
    private const ulong NS_GET_USERNS = 0xb701, NS_GET_NSTYPE = 0xb703;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, nint argument);

    /// <summary>The kind of the namespace that a descriptor stands for. ioctl_nsfs(2) NS_GET_NSTYPE.</summary>
    /// <param name="fd">A file in <c>/proc/PID/ns</c> or a bind mount of one.</param>
    /// <param name="kind">One CLONE_NEW* bit.</param>
    /// <returns>ENOTTY: it is no namespace.</returns>
    public static Errno TryKind(int fd, out CloneFlags kind)
    {
        int answer = ioctl(fd, NS_GET_NSTYPE, 0);
        kind = answer > 0 ? (CloneFlags)(uint)answer : CloneFlags.None;
        return Outcome.Of(answer);
    }

    /// <summary>The user namespace that owns a namespace. ioctl_nsfs(2) NS_GET_USERNS.</summary>
    public static Errno TryOwner(int fd, out FdHandle? owner)
    {
        int answer = ioctl(fd, NS_GET_USERNS, 0);
        Errno errno = Outcome.Of(answer);
        owner = errno == Errno.None ? new FdHandle(answer) : null;
        return errno;
    }
}
