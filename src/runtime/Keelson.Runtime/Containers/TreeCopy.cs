using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Containers;

/// <summary>Copies a directory tree with owners, permissions, times, extended attributes, links and device nodes.</summary>
public static class TreeCopy
{
    /// <summary>Bound of the depth: a tree that is deeper is no file system of an image.</summary>
    private const int MaximumDepth = 256;
    private const uint PermissionBits = 0b111_111_111_111;

    /// <summary>Copies what is in one directory into another. Symbolic links are copied, never followed.</summary>
    /// <param name="fromDirectory">Descriptor of the source.</param>
    /// <param name="toDirectory">Descriptor of the target; its own owner, permissions and times become those of the source.</param>
    /// <exception cref="LinuxException">The first entry that could not be copied.</exception>
    public static void Copy(int fromDirectory, int toDirectory)
    {
        Copy(fromDirectory, toDirectory, 0);
        Files.TryStatus(fromDirectory, out FileStatus status).ThrowIfError("stat", ".");
        CopyOwnership(fromDirectory, toDirectory, status, ".");
        Files.TrySetTimes(".", status, toDirectory).ThrowIfError("set times of", ".");
    }

    private static void Copy(int from, int to, int depth)
    {
        if (depth > MaximumDepth) throw new KeelsonException(ErrorKind.InvalidArgument, $"copy: the tree is deeper than {MaximumDepth} directories");
        Directories.TryListNames(".", out List<string> names, from).ThrowIfError("list", ".");
        foreach (string name in names)
        {
            Files.TryStatus(name, out FileStatus status, followLink: false, from).ThrowIfError("stat", name);
            CopyEntry(from, to, name, status, depth);
            Files.TrySetTimes(name, status, to).ThrowIfError("set times of", name);
        }
    }

    private static void CopyEntry(int from, int to, string name, in FileStatus status, int depth)
    {
        switch (status.Mode & FileStatus.S_IFMT)
        {
            case FileStatus.S_IFDIR:
                Files.TryMakeDirectory(name, status.Mode & PermissionBits, to).ThrowIfError("mkdir", name);
                using (FdHandle source = Open(from, name), target = Open(to, name))
                {
                    Copy(source.Fd, target.Fd, depth + 1);
                    CopyOwnership(source.Fd, target.Fd, status, name);
                }
                break;
            case FileStatus.S_IFLNK:
                Files.TryReadLink(name, out string text, from).ThrowIfError("readlink", name);
                Files.TrySymlink(text, name, to).ThrowIfError("symlink", name);
                Files.TryChangeOwner(name, status.Uid, status.Gid, followLink: false, to).ThrowIfError("chown", name);
                break;
            case FileStatus.S_IFREG:
                CopyFile(from, to, name, status);
                break;
            default:
                Files.TryMakeNode(name, status.Mode, status.NodeDevice, to).ThrowIfError("mknod", name);
                Files.TryChangeOwner(name, status.Uid, status.Gid, followLink: false, to).ThrowIfError("chown", name);
                break;
        }
    }

    private static void CopyFile(int from, int to, string name, in FileStatus status)
    {
        using FdHandle source = Files.Open(name, OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, directory: from);
        using FdHandle target = Files.Open(name, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, status.Mode & PermissionBits, to);
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            Files.TryRead(source.Fd, buffer, out int count).ThrowIfError("read", name);
            if (count == 0) break;
            Files.TryWrite(target.Fd, buffer.AsSpan(0, count)).ThrowIfError("write", name);
        }
        CopyOwnership(source.Fd, target.Fd, status, name);
    }

    /// <summary>Owner first: a change of owner clears set-user-ID bits and capabilities.</summary>
    private static void CopyOwnership(int from, int to, in FileStatus status, string name)
    {
        Files.TryChangeOwner("/proc/self/fd/" + to, status.Uid, status.Gid).ThrowIfError("chown", name);
        Files.TryChangeMode(to, status.Mode & PermissionBits).ThrowIfError("chmod", name);
        Errno errno = Files.TryCopyAttributes(from, to);
        if (errno is not (Errno.None or Errno.EOPNOTSUPP or Errno.EPERM)) throw new LinuxException("copy extended attributes of", name, errno);
    }

    private static FdHandle Open(int directory, string name) => Files.Open(name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, directory: directory);
}
