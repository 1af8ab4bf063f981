using Keelson.Linux.Sys;

namespace Keelson.Linux;

/// <summary>Every change that a store makes to the file system, so that tests can end the process, or the power, at each of them.</summary>
/// <param name="fileMode">Mode of files that are made; for the owner alone unless said otherwise.</param>
/// <param name="directoryMode">Mode of directories that are made; for the owner alone unless said otherwise.</param>
public class Disk(uint fileMode = 0b110_000_000, uint directoryMode = 0b111_000_000)
{
    /// <summary>Makes a file that must not be there, to read and to append to.</summary>
    public virtual FdHandle Create(string path) => Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, fileMode);

    /// <summary>Opens a file to read and to append to.</summary>
    public virtual FdHandle Open(string path) => Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_NOFOLLOW);

    /// <summary>Appends to a file.</summary>
    public virtual void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty) Files.TryWrite(file.Fd, data).ThrowIfError("write", path);
    }

    /// <summary>Cuts a file.</summary>
    public virtual void SetLength(FdHandle file, string path, long bytes) => Durability.TrySetLength(file.Fd, bytes).ThrowIfError("truncate", path);

    /// <summary>Takes room behind the end of a file, so that what is written there later finds some on a full disk.</summary>
    /// <returns>Whether there is room, as far as the file system can tell.</returns>
    public virtual bool TryReserve(FdHandle file, long from, long bytes) => Durability.TryReserve(file.Fd, from, bytes) is not (Errno.ENOSPC or Errno.EDQUOT);

    /// <summary>Waits until a file is on the disk.</summary>
    public virtual void Sync(FdHandle file, string path) => Durability.TrySyncData(file.Fd).ThrowIfError("sync", path);

    /// <summary>Waits until the names in a directory are on the disk.</summary>
    public virtual void SyncDirectory(string path)
    {
        using FdHandle directory = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Durability.TrySync(directory.Fd).ThrowIfError("sync", path);
    }

    /// <summary>Renames a file and replaces what is there.</summary>
    public virtual void Rename(string from, string to) => Files.TryRename(from, to).ThrowIfError("rename", $"{from} to {to}");

    /// <summary>Removes a file.</summary>
    /// <returns>Whether it was there.</returns>
    public virtual bool Remove(string path)
    {
        Errno errno = Files.TryUnlink(path);
        if (errno == Errno.ENOENT) return false;
        errno.ThrowIfError("remove", path);
        return true;
    }

    /// <summary>Makes a directory unless it is there, and takes away the rights of all others.</summary>
    public virtual void MakeDirectory(string path)
    {
        Errno errno = Files.TryMakeDirectories(path, directoryMode);
        errno.ThrowIfError("make directory", path);
        Files.TryChangeMode(path, directoryMode).ThrowIfError("chmod", path);
    }

    /// <summary>Names in a directory.</summary>
    public static List<string> List(string path)
    {
        Directories.TryListNames(path, out List<string> names).ThrowIfError("list", path);
        return names;
    }
}
