using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Containers;

/// <summary>The directory of one container below the runtime's root.</summary>
/// <remarks>
/// <code>
///   ROOT/ID/            its existence reserves the name; flock(2) on it is held while a command changes the container
///     state.json        ContainerRecord, replaced by rename(2)
///     config.json       the configuration as it was at create: later changes in the bundle have no effect
///     start             fifo that the created process waits at; gone once it was started
///     notify/           bound into a container whose service manager wants notices; holds the socket notify.sock. sd_notify(3)
/// </code>
/// </remarks>
internal sealed class ContainerDirectory : IDisposable
{
    private const string StateFile = "state.json", NewStateFile = "state.json.new", ConfigurationFile = "config.json", GateFile = "start", NotifyDirectory = "notify";
    private const uint OwnerOnly = 0b110_000_000, OwnerOnlyDirectory = 0b111_000_000, EveryoneReads = 0b111_101_101;
    private const int StartBoundMilliseconds = 10_000;
    private readonly FdHandle directory;
    private bool isLocked;

    private ContainerDirectory(string path, FdHandle directory) => (Path, this.directory) = (path, directory);

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes the directory of a new container and locks it.</summary>
    /// <exception cref="KeelsonException">AlreadyExists: the name is taken.</exception>
    public static ContainerDirectory Create(string root, string id)
    {
        string path = root + "/" + id;
        while (true)
        {
            Errno errno = Files.TryMakeDirectory(path, OwnerOnlyDirectory);
            if (errno == Errno.ENOENT)
            {
                Files.TryMakeDirectories(root, OwnerOnlyDirectory).ThrowIfError("mkdir", root);
                errno = Files.TryMakeDirectory(path, OwnerOnlyDirectory);
            }
            if (errno == Errno.EEXIST) throw new KeelsonException(ErrorKind.AlreadyExists, $"create container {id}: container with given ID already exists");
            errno.ThrowIfError("mkdir", path);
            ContainerDirectory? result = null;
            try
            {
                result = TryOpen(root, id);
                if (result is null) continue;
                result.TakeLock();
            }
            catch
            {
                _ = Files.TryRemoveDirectory(path);
                result?.Dispose();
                throw;
            }
            if (!result.IsGone) return result;
            // Another command took the empty directory for what a killed runtime had left.
            result.Dispose();
        }
    }

    /// <summary>Opens the directory of a container.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no container of this name.</exception>
    public static ContainerDirectory Open(string root, string id)
    {
        return TryOpen(root, id) ?? throw new KeelsonException(ErrorKind.NotFound, $"container {id} does not exist");
    }

    /// <summary>Opens the directory of a container; <see langword="null"/> when there is none of this name.</summary>
    public static ContainerDirectory? TryOpen(string root, string id)
    {
        string path = root + "/" + id;
        Errno errno = Files.TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? directory);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return null;
        errno.ThrowIfError("open", path);
        return new ContainerDirectory(path, directory!);
    }

    /// <summary>Waits until no other command changes the container, and keeps others from it until this object is disposed.</summary>
    /// <exception cref="KeelsonException">NotFound: another command has deleted it meanwhile.</exception>
    public void Lock()
    {
        TakeLock();
        if (IsGone) throw new KeelsonException(ErrorKind.NotFound, $"container {System.IO.Path.GetFileName(Path)} does not exist");
    }

    private void TakeLock()
    {
        Files.TryLock(directory.Fd, LockOperation.Exclusive).ThrowIfError("lock", Path);
        isLocked = true;
    }

    /// <summary>Leaves the lock.</summary>
    public void Unlock()
    {
        Files.TryLock(directory.Fd, LockOperation.Unlock).ThrowIfError("unlock", Path);
        isLocked = false;
    }

    /// <summary>Takes the lock unless another command changes the container at this moment.</summary>
    /// <returns>Whether the lock is held and the directory still there.</returns>
    public bool TryLock()
    {
        Errno errno = Files.TryLock(directory.Fd, LockOperation.Exclusive | LockOperation.NonBlocking);
        if (errno == Errno.EAGAIN) return false;
        errno.ThrowIfError("lock", Path);
        isLocked = true;
        return !IsGone;
    }

    /// <summary>Whether the directory was removed since it was opened.</summary>
    private bool IsGone
    {
        get
        {
            Files.TryStatus(directory.Fd, out FileStatus status).ThrowIfError("stat", Path);
            return status.Links == 0;
        }
    }

    /// <summary>Whether another command changes the container at this moment.</summary>
    public bool IsLockedByOther()
    {
        // Asking would leave the lock that is held here.
        if (isLocked) return false;
        if (Files.TryLock(directory.Fd, LockOperation.Shared | LockOperation.NonBlocking) == Errno.EAGAIN) return true;
        Files.TryLock(directory.Fd, LockOperation.Unlock);
        return false;
    }

    /// <summary>The descriptor that carries the lock: a child inherits the lock with it and has to close it.</summary>
    public int LockFd => directory.Fd;

    /// <summary>Replaces the record, or writes the first one. It is there whole or not at all.</summary>
    public void Write(ContainerRecord record)
    {
        Files.WriteFile(NewStateFile, record.Format(), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, OwnerOnly, directory.Fd);
        Files.TryRename(NewStateFile, StateFile, directory.Fd).ThrowIfError("rename", Path + "/" + NewStateFile);
    }

    /// <summary>Reads the record.</summary>
    /// <returns><see langword="null"/> when the runtime was killed before it wrote one.</returns>
    /// <exception cref="KeelsonException">DataLoss: the file is damaged.</exception>
    public ContainerRecord? TryRead()
    {
        Errno errno = Files.TryReadAll(StateFile, out ReadOnlyMemory<byte> text, ContainerRecord.MaximumBytes, directory.Fd);
        if (errno == Errno.ENOENT) return null;
        errno.ThrowIfError("read", Path + "/" + StateFile);
        return ContainerRecord.Parse(text.Span, Path + "/" + StateFile);
    }

    /// <summary>Keeps a copy of the configuration.</summary>
    public void WriteConfiguration(ReadOnlySpan<byte> json) =>
        Files.WriteFile(ConfigurationFile, json, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, OwnerOnly, directory.Fd);

    /// <summary>Reads the copy of the configuration.</summary>
    public ReadOnlyMemory<byte> ReadConfiguration() => Files.ReadAll(ConfigurationFile, directory: directory.Fd);

    /// <summary>Makes the fifo that the created process waits at, and opens it for both directions, which never blocks. fifo(7).</summary>
    public FdHandle MakeGate()
    {
        Files.TryMakeNode(GateFile, FileStatus.S_IFIFO | OwnerOnly, 0, directory.Fd).ThrowIfError("mkfifo", Path + "/" + GateFile);
        return Files.Open(GateFile, OpenFlags.O_RDWR, directory: directory.Fd);
    }

    /// <summary>Whether the process still waits to be started.</summary>
    public bool HasGate => Files.TryStatus(GateFile, out _, directory: directory.Fd) == Errno.None;

    /// <summary>Lets the process go on, and waits until it has become its program: it then no longer holds the fifo, which poll(2) reports.</summary>
    /// <returns>ENXIO: nobody waits, the process has died.</returns>
    public Errno TryOpenGate()
    {
        Errno errno = Files.TryOpen(GateFile, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, out FdHandle? gate, directory: directory.Fd);
        if (errno != Errno.None) return errno;
        using (gate)
        {
            errno = Files.TryWrite(gate!.Fd, "s"u8);
            if (errno != Errno.None) return errno;
            errno = Files.TryUnlink(GateFile, directory.Fd);
            Span<PollEntry> entries = [new PollEntry { Fd = gate.Fd }];
            // A filter may hold execve up for as long as its agent likes; then start does not wait for the agent.
            Files.TryPoll(entries, StartBoundMilliseconds, out _);
        }
        return errno;
    }

    /// <summary>Path of the directory that is bound into the container for notices.</summary>
    public string NotifyDirectoryPath => Path + "/" + NotifyDirectory;

    /// <summary>Whether the container was created with a directory for notices.</summary>
    public bool HasNotifyDirectory => Files.TryStatus(NotifyDirectory, out FileStatus status, directory: directory.Fd) == Errno.None && status.IsDirectory;

    /// <summary>Makes the directory for notices; every user of the container may look into it.</summary>
    public void MakeNotifyDirectory()
    {
        Files.TryMakeDirectory(NotifyDirectory, OwnerOnlyDirectory, directory.Fd).ThrowIfError("mkdir", NotifyDirectoryPath);
        Files.TryChangeMode(NotifyDirectory, EveryoneReads, directory.Fd).ThrowIfError("chmod", NotifyDirectoryPath);
    }

    /// <summary>Removes the directory and what is in it.</summary>
    public void Remove()
    {
        // The record goes last but one: a removal that is killed in between can be repeated.
        foreach (string file in (ReadOnlySpan<string>)[GateFile, ConfigurationFile, NewStateFile, StateFile])
        {
            Errno errno = Files.TryUnlink(file, directory.Fd);
            if (errno is not (Errno.None or Errno.ENOENT)) throw new LinuxException("remove", Path + "/" + file, errno);
        }
        Errno removed = Files.TryRemoveDirectory(Path);
        if (removed == Errno.ENOTEMPTY)
        {
            Files.TryUnlink(NotifyDirectory + "/" + NotifySocket.FileName, directory.Fd);
            Files.TryRemoveDirectory(NotifyDirectory, directory.Fd);
            removed = Files.TryRemoveDirectory(Path);
        }
        if (removed is not (Errno.None or Errno.ENOENT)) throw new LinuxException("remove", Path, removed);
    }

    /// <summary>Closes the directory and leaves its lock.</summary>
    public void Dispose() => directory.Dispose();
}
