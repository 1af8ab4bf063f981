using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Removes trees by descriptor: no link is followed, whatever happens to the tree meanwhile.</summary>
internal static class TreeRemover
{
    /// <summary>Removes an entry of a directory with all that is in it.</summary>
    /// <returns>ENOENT never. EBUSY: something is mounted in it.</returns>
    public static Errno TryRemove(int directory, ReadOnlySpan<byte> nameZ)
    {
        Errno errno = Entries.TryUnlink(directory, nameZ);
        if (errno == Errno.ENOENT) return Errno.None;
        // EISDIR on Linux's own file systems; POSIX has EPERM for it.
        if (errno is not (Errno.EISDIR or Errno.EPERM)) return errno;
        Errno opened = Entries.TryOpen(directory, nameZ, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle);
        if (opened == Errno.ENOENT) return Errno.None;
        if (opened != Errno.None) return opened is Errno.ENOTDIR or Errno.ELOOP ? errno : opened;
        using (handle)
        {
            errno = Directories.TryListNames(handle!.Fd, out List<byte[]> names);
            foreach (byte[] name in names)
            {
                if (errno != Errno.None) break;
                errno = TryRemove(handle.Fd, name);
            }
        }
        if (errno == Errno.None) errno = Entries.TryRemoveDirectory(directory, nameZ);
        return errno == Errno.ENOENT ? Errno.None : errno;
    }
}
