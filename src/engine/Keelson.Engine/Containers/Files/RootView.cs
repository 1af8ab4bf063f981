using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>A container's root file system for a moment, by a descriptor that look-ups cannot leave.</summary>
internal sealed class RootView : IDisposable
{
    private readonly TemporaryMount? mount;
    private readonly Action? closed;

    private RootView(FdHandle root, TemporaryMount? mount, Action? closed = null)
    {
        Root = root;
        this.mount = mount;
        this.closed = closed;
    }

    /// <summary>The root directory.</summary>
    public FdHandle Root { get; }

    /// <summary>The root of a container that does not run: its snapshot, mounted for this process alone.</summary>
    public static RootView Open(IReadOnlyList<Mount> mounts)
    {
        TemporaryMount mount = TemporaryMount.Open(mounts);
        try
        {
            return new(Files.Open(mount.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY), mount);
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    /// <summary>The root of a container that runs, as its first process sees it, with all that is mounted there.</summary>
    /// <exception cref="LinuxException">ENOENT, ESRCH: the process has ended.</exception>
    public static RootView Open(int pid) => new(Files.Open($"/proc/{pid}/root", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY), null);

    /// <summary>A directory of the host, as a volume's.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="closed">Called when the view is closed.</param>
    public static RootView Open(string path, Action? closed = null) => new(Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY), null, closed);

    /// <summary>Opens something below the root. Links lead nowhere outside.</summary>
    /// <returns><see langword="null"/> when it is not there.</returns>
    public FdHandle? Find(string path, OpenFlags flags)
    {
        string relative = path.Trim('/');
        Errno errno = Files.TryOpenAt2(Root.Fd, relative.Length == 0 ? "." : relative, flags, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out FdHandle? found);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return null;
        errno.ThrowIfError("open in the container", path);
        return found;
    }

    public void Dispose()
    {
        Root.Dispose();
        mount?.Dispose();
        closed?.Invoke();
    }
}
