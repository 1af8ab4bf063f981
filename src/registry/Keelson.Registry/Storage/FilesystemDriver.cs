using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Registry.Storage;

/// <summary>A folder of this machine.</summary>
/// <remarks>
/// A small file is written beside the store, synced and renamed to its place; a path that was made is synced from the top down. So after a loss of power everything
/// that was acknowledged is there. What a killed process leaves in <c>.keelson/partial</c> goes at the next start.
/// </remarks>
public sealed class FilesystemDriver : IStorageDriver
{
    private const uint FileMode = 0b110_100_100, DirectoryMode = 0b111_101_101;

    private readonly string root, partial;
    private readonly Disk disk;
    private readonly FdHandle owner;
    private long number;

    /// <summary>Opens a store, and makes it when it is not there.</summary>
    /// <param name="root">Its folder.</param>
    /// <exception cref="KeelsonException">Unavailable: another process of ours has it. Or the folder cannot be made or written.</exception>
    public FilesystemDriver(string root) : this(root, new Disk(FileMode, DirectoryMode))
    {
    }

    internal FilesystemDriver(string root, Disk disk)
    {
        ArgumentNullException.ThrowIfNull(root);
        (this.root, this.disk) = (root.TrimEnd('/'), disk);
        partial = this.root + "/.keelson/partial";
        Files.TryMakeDirectories(this.root, DirectoryMode).ThrowIfError("make directory", root);
        disk.MakeDirectory(partial);
        owner = Files.Open(this.root + "/.keelson/lock", OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW, FileMode);
        if (Files.TryLock(owner.Fd, LockOperation.Exclusive | LockOperation.NonBlocking) != Errno.None)
        {
            owner.Dispose();
            throw new KeelsonException(ErrorKind.Unavailable, $"registry store {root}: another registry has it");
        }
        foreach (string name in Disk.List(partial)) disk.Remove(partial + "/" + name);
    }

    /// <inheritdoc/>
    public string Name => "filesystem";

    /// <inheritdoc/>
    public ValueTask<StorageStatus?> FindAsync(string path, CancellationToken cancel = default)
    {
        Errno errno = Files.TryStatus(At(path), out FileStatus status);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return new(default(StorageStatus?));
        errno.ThrowIfError("stat", At(path));
        DateTimeOffset modified = DateTimeOffset.FromUnixTimeSeconds(status.ModifySeconds).AddTicks(status.ModifyNanoseconds / TimeSpan.NanosecondsPerTick);
        return new(new StorageStatus(status.IsDirectory, status.Size, modified));
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int limitBytes, CancellationToken cancel = default)
    {
        Errno errno = Files.TryReadAll(At(path), out ReadOnlyMemory<byte> content, limitBytes);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return new(default(ReadOnlyMemory<byte>?));
        if (errno == Errno.EFBIG) throw new KeelsonException(ErrorKind.DataLoss, $"read {At(path)}: longer than {limitBytes} bytes");
        errno.ThrowIfError("read", At(path));
        return new(content);
    }

    /// <inheritdoc/>
    public ValueTask<IStorageReader?> OpenAsync(string path, CancellationToken cancel = default)
    {
        Errno errno = Files.TryOpen(At(path), OpenFlags.O_RDONLY, out FdHandle? file);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return new(default(IStorageReader?));
        errno.ThrowIfError("open", At(path));
        Files.TryStatus(file!.Fd, out FileStatus status).ThrowIfError("stat", At(path));
        return new(new FileReader(file, At(path), status.Size));
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        string target = At(path), beside = string.Create(CultureInfo.InvariantCulture, $"{partial}/{Interlocked.Increment(ref number)}");
        MakeFolderOf(target);
        try
        {
            using (FdHandle file = disk.Create(beside))
            {
                disk.Write(file, beside, content.Span);
                disk.Sync(file, beside);
            }
            disk.Rename(beside, target);
        }
        catch
        {
            disk.Remove(beside);
            throw;
        }
        disk.SyncDirectory(Parent(target));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IStorageWriter> AppendAsync(string path, CancellationToken cancel = default)
    {
        string target = At(path);
        MakeFolderOf(target);
        FdHandle file = Files.TryStatus(target, out _) == Errno.ENOENT ? disk.Create(target) : disk.Open(target);
        try
        {
            Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", target);
            return new(new FileWriter(disk, file, target, status.Size));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListAsync(string path, CancellationToken cancel = default)
    {
        Errno errno = Directories.TryListNames(At(path), out List<string> names);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return new([]);
        errno.ThrowIfError("list", At(path));
        return new(names);
    }

    /// <inheritdoc/>
    public ValueTask MoveAsync(string from, string to, CancellationToken cancel = default)
    {
        string target = At(to);
        MakeFolderOf(target);
        disk.Rename(At(from), target);
        disk.SyncDirectory(Parent(target));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> TouchAsync(string path, CancellationToken cancel = default)
    {
        Errno errno = Files.TryOpen(At(path), OpenFlags.O_RDONLY, out FdHandle? file);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return new(false);
        errno.ThrowIfError("open", At(path));
        using (file)
        {
            Files.TrySetTimes(file!.Fd, FileTime.Now, FileTime.Now).ThrowIfError("set the time of", At(path));
        }
        return new(true);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string path, CancellationToken cancel = default)
    {
        string target = At(path);
        Errno errno = Files.TryUnlink(target);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return new(false);
        if (errno == Errno.EISDIR) RemoveFolder(target);
        else errno.ThrowIfError("remove", target);
        disk.SyncDirectory(Parent(target));
        return new(true);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // A child that another thread is just starting has the file open too, and with it the lock.
        if (!owner.IsClosed) _ = Files.TryLock(owner.Fd, LockOperation.Unlock);
        owner.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void RemoveFolder(string folder)
    {
        foreach (string name in Disk.List(folder))
        {
            string path = folder + "/" + name;
            Errno errno = Files.TryUnlink(path);
            if (errno == Errno.EISDIR) RemoveFolder(path);
            else if (errno != Errno.ENOENT) errno.ThrowIfError("remove", path);
        }
        Errno removed = Files.TryRemoveDirectory(folder);
        if (removed != Errno.ENOENT) removed.ThrowIfError("remove directory", folder);
    }

    private void MakeFolderOf(string path)
    {
        string folder = Parent(path);
        if (Files.TryStatus(folder, out _) == Errno.None) return;
        MakeFolderOf(folder);
        disk.MakeDirectory(folder);
        disk.SyncDirectory(Parent(folder));
    }

    private string At(string path) => root + "/" + path;

    private static string Parent(string path) => path[..path.LastIndexOf('/')];
}
