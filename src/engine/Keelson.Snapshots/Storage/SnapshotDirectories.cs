using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>The directory of a snapshotter.</summary>
/// <remarks>
/// <code>
/// ROOT             0700
///   lock           held by the process that has it open
///   index          IndexLog
///   snapshots      0700
///     7            a snapshot: its number in the index
///     new-3        one that is being made
///     rm-5         one that was removed
/// </code>
/// A directory gets its number by a rename before its row is appended, and loses it by a rename after its row is gone.
/// </remarks>
internal sealed class SnapshotDirectories : IDisposable
{
    private const uint DirectoryMode = 0b111_000_000;
    private const string New = "new-", Gone = "rm-";

    private readonly FdHandle lockFile;
    private readonly Action<string> step;
    private long drafts, retired;

    private SnapshotDirectories(string root, FdHandle lockFile, FdHandle directory, Action<string> step)
    {
        Root = root;
        Path = root + "/snapshots";
        this.lockFile = lockFile;
        this.step = step;
        Directory = directory;
    }

    /// <summary>The snapshotter's directory.</summary>
    public string Root { get; }

    /// <summary>The directory of all snapshots.</summary>
    public string Path { get; }

    /// <summary>The same, open.</summary>
    public FdHandle Directory { get; }

    /// <summary>Makes the directories that are missing, closes all of them to others, and takes the lock.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: another process has it open. InvalidArgument: the path is not absolute.</exception>
    public static SnapshotDirectories Open(string root, Action<string> step)
    {
        if (!root.StartsWith('/')) throw new KeelsonException(ErrorKind.InvalidArgument, $"open snapshotter {root}: the path is not absolute");
        root = root.TrimEnd('/');
        Close(root);
        Close(root + "/snapshots");
        FdHandle lockFile = Files.Open(root + "/lock", OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW, 0b110_000_000);
        Errno errno = Files.TryLock(lockFile.Fd, LockOperation.Exclusive | LockOperation.NonBlocking);
        if (errno != Errno.None)
        {
            lockFile.Dispose();
            if (errno == Errno.EAGAIN) throw new KeelsonException(ErrorKind.FailedPrecondition, $"open snapshotter {root}: another process has it open");
            errno.ThrowIfError("lock", root);
        }
        return new(root, lockFile, Files.Open(root + "/snapshots", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY), step);
    }

    /// <summary>Where a snapshot's files are.</summary>
    public string Of(long id) => string.Create(CultureInfo.InvariantCulture, $"{Path}/{id}");

    /// <summary>Name of a snapshot's directory.</summary>
    public static string NameOf(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Makes a directory for a snapshot that has no number yet.</summary>
    /// <returns>Its name, for the calls below.</returns>
    public string MakeDraft()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{New}{Interlocked.Increment(ref drafts)}");
        step("make " + New);
        Files.TryMakeDirectory(name, DirectoryMode, Directory.Fd).ThrowIfError("make directory", name);
        return name;
    }

    /// <summary>Makes a directory inside a draft; the umask does not apply.</summary>
    public void MakeIn(string draft, string name, uint mode)
    {
        string path = draft + "/" + name;
        step("make " + New + "/" + name);
        Files.TryMakeDirectory(path, mode, Directory.Fd).ThrowIfError("make directory", path);
        SetMode(path, mode);
    }

    /// <summary>Changes the permission bits of a directory in a draft, or of the draft.</summary>
    public void SetMode(string path, uint mode) => Files.TryChangeMode(path, mode, Directory.Fd).ThrowIfError("chmod", path);

    /// <summary>Changes owner and group of a directory in a draft, or of the draft.</summary>
    public void SetOwner(string path, uint uid, uint gid) => Files.TryChangeOwner(path, uid, gid, directory: Directory.Fd).ThrowIfError("chown", path);

    /// <summary>Gives a draft its number.</summary>
    public void Publish(string draft, long id)
    {
        step("rename " + New);
        Files.TryRename(draft, NameOf(id), Directory.Fd).ThrowIfError("rename", $"{draft} to {id}");
    }

    /// <summary>Takes a name away from what is there, so that <see cref="Cleanup"/> deletes it.</summary>
    /// <param name="name">Below the directory of all snapshots; a part of a snapshot too.</param>
    public void Retire(string name)
    {
        string gone;
        Errno errno;
        do
        {
            gone = string.Create(CultureInfo.InvariantCulture, $"{Gone}{Interlocked.Increment(ref retired)}");
            errno = Files.TryStatus(gone, out _, followLink: false, Directory.Fd);
        } while (errno == Errno.None);
        step("rename to " + Gone);
        Files.TryRename(name, gone, Directory.Fd).ThrowIfError("rename", $"{Path}/{name}");
    }

    /// <summary>Names of all directories here.</summary>
    public List<string> List()
    {
        Directories.TryListNames(Path, out List<string> names).ThrowIfError("list", Path);
        return names;
    }

    /// <summary>Whether a name is the number of a snapshot.</summary>
    public static bool IsNumber(string name, out long id) => long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    /// <summary>Whether a name is that of something that was removed.</summary>
    public static bool IsGone(string name) => name.StartsWith(Gone, StringComparison.Ordinal);

    /// <summary>Deletes all that was removed.</summary>
    /// <param name="prepare">Called for each with its path before: takes mounts away.</param>
    /// <param name="cancel">Ends it early.</param>
    public void Cleanup(Action<string> prepare, CancellationToken cancel)
    {
        foreach (string name in List())
        {
            if (!IsGone(name)) continue;
            cancel.ThrowIfCancellationRequested();
            prepare($"{Path}/{name}");
            step("delete " + Gone);
            TreeRemover.Remove(Directory.Fd, name, cancel);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (lockFile.IsClosed) return;
        Directory.Dispose();
        // Not by closing alone: a child that is between fork and exec has a copy.
        _ = Files.TryLock(lockFile.Fd, LockOperation.Unlock);
        lockFile.Dispose();
    }

    // CVE-2021-41103: others could walk into the trees and run what is set-user-ID there. An older installation is put right too.
    private static void Close(string path)
    {
        Files.TryMakeDirectories(path, DirectoryMode).ThrowIfError("make directory", path);
        using FdHandle directory = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW);
        Files.TryStatus(directory.Fd, out FileStatus status).ThrowIfError("stat", path);
        if ((status.Mode & ~FileStatus.S_IFMT) != DirectoryMode) Files.TryChangeMode(directory.Fd, DirectoryMode).ThrowIfError("chmod", path);
    }
}
