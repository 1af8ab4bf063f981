using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Network.Sandboxes;

/// <summary>The network namespace of a container, kept by a mount on a file: it stays while processes come and go, and when this one ends.</summary>
public static class SandboxNamespace
{
    private const int StackBytes = 256 << 10, LoopbackIndex = 1;

    /// <summary>Makes a namespace with nothing in it but the loopback device, which is down.</summary>
    /// <param name="path">The file, which is made and must not be there; its directory must be.</param>
    /// <exception cref="LinuxException">EEXIST: there is such a file. EPERM: the process may not make namespaces.</exception>
    public static void Make(string path)
    {
        Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0b100_000_000).Dispose();
        (Errno errno, string operation) = (Errno.None, "");
        // A thread that ends where it has gone needs no way back.
        Thread thread = new(() =>
        {
            (errno, operation) = (Processes.TryUnshare(CloneFlags.CLONE_NEWNET), "make network namespace for");
            if (errno == Errno.None) (errno, operation) = (Mounts.TryMount("/proc/thread-self/ns/net", path, "none", MountFlags.MS_BIND, null), "mount network namespace on");
        }, StackBytes);
        thread.Start();
        thread.Join();
        if (errno == Errno.None) return;
        _ = Files.TryUnlink(path);
        throw new LinuxException(operation, path, errno);
    }

    /// <summary>Takes a namespace over that is there: it is kept by a mount of its own from now on.</summary>
    /// <param name="source">A file of it: <c>/proc/PID/ns/net</c>.</param>
    /// <param name="path">The file, which is made and must not be there; its directory must be.</param>
    /// <exception cref="LinuxException">EEXIST: there is such a file. ENOENT: there is no such namespace.</exception>
    public static void Take(string source, string path)
    {
        Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0b100_000_000).Dispose();
        Errno errno = Mounts.TryMount(source, path, "none", MountFlags.MS_BIND, null);
        if (errno == Errno.None) return;
        _ = Files.TryUnlink(path);
        throw new LinuxException("mount network namespace on", path, errno, source);
    }

    /// <summary>Opens a namespace.</summary>
    /// <exception cref="LinuxException">ENOENT: there is none.</exception>
    public static FdHandle Open(string path) => Files.Open(path, OpenFlags.O_RDONLY);

    /// <summary>Sets the loopback device of a namespace up.</summary>
    public static void SetUpLoopback(string path)
    {
        using FdHandle place = Open(path);
        using Netlink.RouteSocket inside = Netlink.RouteSocket.Open(place);
        inside.Run(new Netlink.RouteBatch().SetUp(LoopbackIndex));
    }

    /// <summary>Removes a namespace; it goes with the last process and file that is in it. One that is not there is left alone.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Remove(string path)
    {
        Errno errno = Mounts.TryUnmount(path, UnmountFlags.MNT_DETACH);
        // EINVAL: a start that was killed before the mount has left the file alone.
        if (errno is not (Errno.None or Errno.EINVAL or Errno.ENOENT)) errno.ThrowIfError("unmount", path);
        errno = Files.TryUnlink(path);
        if (errno is not (Errno.None or Errno.ENOENT)) errno.ThrowIfError("remove", path);
    }
}
