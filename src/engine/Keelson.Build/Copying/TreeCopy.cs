using System.Text;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Build;

/// <summary>Copies files into the tree of an image. Nothing is done by a path that a link of either tree could lead outside.</summary>
/// <param name="root">The tree.</param>
/// <param name="owner">Who owns what is copied; <see langword="null"/> keeps owners.</param>
/// <param name="cancel">Ends it between two files.</param>
internal sealed class TreeCopy(FdHandle root, (uint Uid, uint Gid)? owner, CancellationToken cancel)
{
    /// <summary>Most links on the way to a destination, as the kernel's.</summary>
    private const int MostLinks = 40;

    private const uint PermissionBits = 0xfff;
    private const int CopyBytes = 1 << 30;

    private readonly Dictionary<(ulong Device, ulong Inode), (int Directory, byte[] Name)> firstNames = [];
    private readonly List<FdHandle> held = [];
    private bool canCopyRange = true;

    /// <summary>Copies a file or what is in a directory.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="destination">Where to, from the root; with a slash at its end it is a directory.</param>
    /// <param name="extracts">Whether archives are taken apart.</param>
    public async Task CopyAsync(SourceFile source, string destination, bool extracts)
    {
        try
        {
            SourceTree.TryOpen(source.Root, source.Path, OpenFlags.O_PATH, out FdHandle? found).ThrowIfError("open", source.Path);
            FileStatus status;
            using (found) Files.TryStatus(found!.Fd, out status).ThrowIfError("stat", source.Path);
            if (status.IsDirectory) CopyDirectory(source, destination);
            else if (extracts && !source.IsFetched && (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG && await ArchiveFile.TryOpenAsync(source, cancel).ConfigureAwait(false) is { } archive)
            {
                await using (archive.ConfigureAwait(false))
                {
                    using FdHandle target = MakeDirectory(destination, (0, 0));
                    await LayerExtractor.ExtractAsync(archive, target, new() { Compression = CompressionKind.None, Whiteouts = WhiteoutMode.None, KeepsRoot = true, Limits = new() { AllowsMissingEnd = true } }, cancel).ConfigureAwait(false);
                }
            }
            else CopyFile(source, destination, status);
        }
        catch (LinuxException e)
        {
            throw new KeelsonException(e.Kind, "failed to copy files", e);
        }
        finally
        {
            foreach (FdHandle directory in held) directory.Dispose();
            held.Clear();
            firstNames.Clear();
        }
    }

    private void CopyDirectory(SourceFile source, string destination)
    {
        SourceTree.TryOpen(source.Root, source.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? from).ThrowIfError("open", source.Path);
        using (from)
        {
            using FdHandle to = MakeDirectory(destination, owner ?? (0, 0));
            CopyChildren(from!, to, 0);
        }
    }

    private void CopyFile(SourceFile source, string destination, in FileStatus status)
    {
        (FdHandle parent, byte[] name) = Resolve(destination, source.Path[(source.Path.LastIndexOf('/') + 1)..]);
        using (parent)
        {
            SourceTree.TryOpen(source.Root, source.Path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? file).ThrowIfError("open", source.Path);
            using (file)
            {
                MakeRoom(parent, name, isDirectory: false);
                if ((status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG) WriteFile(file!, parent, name, status);
                else
                {
                    Entries.TryMakeNode(parent.Fd, name, status.Mode & ~PermissionBits | 0b110_000_000, status.NodeDevice).ThrowIfError("make node", Show(name));
                    Complete(parent, name, status);
                }
            }
        }
    }

    /// <summary>The directory and the name that a file goes to; a link at the end of the way is followed within the tree, and a directory there takes the file in.</summary>
    private (FdHandle Parent, byte[] Name) Resolve(string destination, string ownName)
    {
        bool isFolder = destination.EndsWith('/') || destination.EndsWith("/.", StringComparison.Ordinal);
        byte[] path = Encoding.UTF8.GetBytes(destination.Trim('/'));
        byte[] text = new byte[4096];
        for (int links = 0; ; links++)
        {
            if (isFolder || path.Length == 0 || ConfinedDirectory.TryOpen(root, path, null, out FdHandle? there) is var found && found == Errno.None && Close(there))
                return (MakeDirectory(path, owner ?? (0, 0)), Encoding.UTF8.GetBytes(ownName + "\0"));
            int slash = path.AsSpan().LastIndexOf((byte)'/');
            byte[] folder = slash < 0 ? [] : path[..slash], name = [.. path[(slash + 1)..], 0];
            FdHandle parent = MakeDirectory(folder, owner ?? (0, 0));
            if (Entries.TryReadLink(parent.Fd, name, text, out int length) != Errno.None) return (parent, name);
            parent.Dispose();
            if (links == MostLinks) throw new KeelsonException(ErrorKind.InvalidArgument, $"copy to {destination}: too many links");
            path = text[0] == '/' ? text[1..length] : [.. folder, (byte)'/', .. text.AsSpan(0, length)];
        }
    }

    private static bool Close(FdHandle? handle)
    {
        handle?.Dispose();
        return true;
    }

    private FdHandle MakeDirectory(string path, (uint Uid, uint Gid) maker) => MakeDirectory(Encoding.UTF8.GetBytes(path), maker);

    private FdHandle MakeDirectory(byte[] path, (uint Uid, uint Gid) maker)
    {
        if (path.AsSpan().Contains((byte)0)) throw new KeelsonException(ErrorKind.InvalidArgument, "copy: the destination has a zero byte");
        ConfinedDirectory.TryOpen(root, path, maker, out FdHandle? directory).ThrowIfError("make directory", Show(path));
        return directory!;
    }

    private void CopyChildren(FdHandle from, FdHandle to, int depth)
    {
        if (depth > CopyLimits.MostNested) throw new KeelsonException(ErrorKind.InvalidArgument, $"copy: directories are nested more than {CopyLimits.MostNested} deep");
        Directories.TryListNames(from.Fd, out List<byte[]> names).ThrowIfError("list");
        foreach (byte[] name in names)
        {
            cancel.ThrowIfCancellationRequested();
            Entries.TryStatus(from.Fd, name, out FileStatus status).ThrowIfError("stat", Show(name));
            CopyEntry(from, to, name, status, depth);
        }
    }

    private void CopyEntry(FdHandle from, FdHandle to, byte[] name, in FileStatus status, int depth)
    {
        MakeRoom(to, name, status.IsDirectory);
        bool hasNames = status.Links > 1 && !status.IsDirectory;
        if (hasNames && firstNames.TryGetValue((status.Device, status.Inode), out (int Directory, byte[] Name) first))
        {
            Entries.TryLink(first.Directory, first.Name, to.Fd, name).ThrowIfError("link", Show(name));
            return;
        }
        switch (status.Mode & FileStatus.S_IFMT)
        {
            case FileStatus.S_IFDIR:
                if (Entries.TryMakeDirectory(to.Fd, name, 0b111_000_000) is var errno && errno != Errno.EEXIST) errno.ThrowIfError("make directory", Show(name));
                Entries.TryOpen(from.Fd, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? inner).ThrowIfError("open", Show(name));
                using (inner)
                {
                    Entries.TryOpen(to.Fd, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? target).ThrowIfError("open", Show(name));
                    using (target) CopyChildren(inner!, target!, depth + 1);
                }
                Complete(to, name, status);
                return;
            case FileStatus.S_IFREG:
                Entries.TryOpen(from.Fd, name, OpenFlags.O_RDONLY, out FdHandle? file).ThrowIfError("open", Show(name));
                using (file) WriteFile(file!, to, name, status);
                break;
            case FileStatus.S_IFLNK:
                Span<byte> text = stackalloc byte[4097];
                Entries.TryReadLink(from.Fd, name, text[..^1], out int length).ThrowIfError("read link", Show(name));
                text[length] = 0;
                Entries.TrySymlink(text[..(length + 1)], to.Fd, name).ThrowIfError("make symbolic link", Show(name));
                Complete(to, name, status);
                break;
            case FileStatus.S_IFSOCK:
                // Archives know none, so neither does an image.
                return;
            default:
                Entries.TryMakeNode(to.Fd, name, status.Mode & ~PermissionBits | 0b110_000_000, status.NodeDevice).ThrowIfError("make node", Show(name));
                Complete(to, name, status);
                break;
        }
        if (!hasNames) return;
        Files.TryDuplicate(to.Fd, out FdHandle? kept).ThrowIfError("keep directory", Show(name));
        held.Add(kept!);
        firstNames.Add((status.Device, status.Inode), (kept!.Fd, name));
    }

    /// <summary>Removes what stands in the way. A directory that a directory goes to stays, and is added to.</summary>
    private static void MakeRoom(FdHandle parent, byte[] name, bool isDirectory)
    {
        if (Entries.TryStatus(parent.Fd, name, out FileStatus there) != Errno.None || isDirectory && there.IsDirectory) return;
        if (!there.IsDirectory)
        {
            Entries.TryUnlink(parent.Fd, name).ThrowIfError("remove", Show(name));
            return;
        }
        Entries.TryOpen(parent.Fd, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? directory).ThrowIfError("open", Show(name));
        using (directory)
        {
            Directories.TryListNames(directory!.Fd, out List<byte[]> names).ThrowIfError("list", Show(name));
            foreach (byte[] child in names) MakeRoom(directory, child, isDirectory: false);
        }
        Entries.TryRemoveDirectory(parent.Fd, name).ThrowIfError("remove", Show(name));
    }

    private void WriteFile(FdHandle from, FdHandle parent, byte[] name, in FileStatus status)
    {
        Entries.TryOpen(parent.Fd, name, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, out FdHandle? file, 0b110_000_000).ThrowIfError("make", Show(name));
        using (file)
        {
            Contents(from, file!, name, status.Size);
            // A file that gets another owner loses set-user-ID and capabilities, as with dockerd, which changes the owner last.
            if (owner is null) Files.TryChangeOwner(file!.Fd, status.Uid, status.Gid).ThrowIfError("chown", Show(name));
            Files.TryChangeMode(file!.Fd, status.Mode & PermissionBits).ThrowIfError("chmod", Show(name));
            if (owner is var (uid, gid)) Files.TryChangeOwner(file.Fd, uid, gid).ThrowIfError("chown", Show(name));
            else CopyCapability(from, file, name);
            FileTime time = new(status.ModifySeconds, 0);
            Files.TrySetTimes(file.Fd, time, time).ThrowIfError("set times of", Show(name));
        }
    }

    private static void CopyCapability(FdHandle from, FdHandle to, byte[] name)
    {
        Span<byte> capability = stackalloc byte[1024];
        if (Files.TryGetAttribute(from.Fd, "security.capability\0"u8, capability, out int size) == Errno.None)
            Files.TrySetAttribute(to.Fd, "security.capability\0"u8, capability[..size]).ThrowIfError("set capabilities of", Show(name));
    }

    private void Contents(FdHandle from, FdHandle to, byte[] name, long size)
    {
        byte[]? buffer = null;
        for (long at = 0; at < size;)
        {
            cancel.ThrowIfCancellationRequested();
            if (canCopyRange)
            {
                Errno errno = Copying.TryCopyRange(from.Fd, to.Fd, at, Math.Min(size - at, CopyBytes), out long copied);
                if (errno == Errno.None && copied > 0)
                {
                    at += copied;
                    continue;
                }
                if (errno is not (Errno.None or Errno.EXDEV or Errno.EOPNOTSUPP or Errno.EINVAL or Errno.ENOSYS)) errno.ThrowIfError("copy", Show(name));
                canCopyRange = false;
            }
            buffer ??= new byte[128 << 10];
            Files.TryReadAt(from.Fd, at, buffer, out int read).ThrowIfError("read", Show(name));
            if (read == 0) break;
            Files.TryWriteAt(to.Fd, at, buffer.AsSpan(0, read)).ThrowIfError("write", Show(name));
            at += read;
        }
    }

    /// <summary>Owner before permissions, for a change of owner clears set-user-ID; times last, in whole seconds as layers have them.</summary>
    private void Complete(FdHandle parent, byte[] name, in FileStatus status)
    {
        (uint uid, uint gid) = owner ?? (status.Uid, status.Gid);
        Entries.TryChangeOwner(parent.Fd, name, uid, gid).ThrowIfError("chown", Show(name));
        if (!status.IsSymbolicLink) Entries.TryChangeMode(parent.Fd, name, status.Mode & PermissionBits).ThrowIfError("chmod", Show(name));
        FileTime time = new(status.ModifySeconds, 0);
        Entries.TrySetTimes(parent.Fd, name, time, time).ThrowIfError("set times of", Show(name));
    }

    private static string Show(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name.TrimEnd((byte)0));
}
