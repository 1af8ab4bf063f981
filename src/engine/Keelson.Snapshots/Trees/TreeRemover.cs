using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>Deletes a tree, whatever is in it. Symbolic links are deleted and not followed.</summary>
internal static class TreeRemover
{
    /// <summary>Deletes a tree. What is gone already is no error.</summary>
    /// <param name="directory">Descriptor of the directory that it is in.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="cancel">Ends it between two files.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: something is mounted in it.</exception>
    public static void Remove(int directory, string name, CancellationToken cancel) => Remove(directory, Text.Utf8Z(name), name, cancel);

    private static void Remove(int directory, byte[] name, string path, CancellationToken cancel)
    {
        Errno errno = Entries.TryUnlink(directory, name);
        if (errno is Errno.None or Errno.ENOENT) return;
        // EISDIR, and EPERM on some file systems, say that it is a directory.
        if (errno is not (Errno.EISDIR or Errno.EPERM)) errno.ThrowIfError("delete", path);
        errno = Entries.TryRemoveDirectory(directory, name);
        if (errno is Errno.None or Errno.ENOENT) return;
        if (errno != Errno.ENOTEMPTY) errno.ThrowIfError("delete", path);
        errno = Entries.TryOpen(directory, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? opened);
        if (errno == Errno.ENOENT) return;
        errno.ThrowIfError("open", path);
        using (opened)
        {
            Directories.TryListNames(opened!.Fd, out List<byte[]> names).ThrowIfError("list", path);
            foreach (byte[] child in names)
            {
                cancel.ThrowIfCancellationRequested();
                Remove(opened.Fd, child, path, cancel);
            }
        }
        errno = Entries.TryRemoveDirectory(directory, name);
        if (errno is not (Errno.None or Errno.ENOENT)) errno.ThrowIfError("delete", path);
    }
}
