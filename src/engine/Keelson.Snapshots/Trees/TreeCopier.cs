using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>
/// Copies a tree with owners, permissions, times, extended attributes, hard links, holes, devices. Contents are shared where the file system can, else
/// copied inside the kernel.
/// </summary>
public sealed class TreeCopier
{
    private const int AttributeNamesBytes = 64 << 10, AttributeValueBytes = 64 << 10, LinkBytes = 4096;
    private const uint PermissionBits = 0xfff;
    private const long CopyBytes = 1 << 30;

    private readonly OwnerMap? owners;
    private readonly CancellationToken cancel;
    private readonly int targetRoot;
    /// <summary>Where the first name of a file with several names was copied to, as a path below the target.</summary>
    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> firstNames = [];
    private readonly byte[] attributeNames = new byte[AttributeNamesBytes], attributeValue = new byte[AttributeValueBytes], linkText = new byte[LinkBytes];
    private bool canClone = true, canCopyRange = true;

    private TreeCopier(int targetRoot, OwnerMap? owners, CancellationToken cancel)
    {
        this.targetRoot = targetRoot;
        this.owners = owners;
        this.cancel = cancel;
    }

    /// <summary>Copies what is in a directory, and what the directory itself has, to an empty one.</summary>
    /// <param name="from">An existing directory.</param>
    /// <param name="to">An existing, empty directory.</param>
    /// <param name="cancel">Ends it between two files.</param>
    /// <exception cref="KeelsonException">Unavailable: no space. NotFound: a file was removed meanwhile.</exception>
    public static void Copy(string from, string to, CancellationToken cancel) => Copy(from, to, null, cancel);

    /// <summary>Copies what is in a directory, and what the directory itself has, to an empty one.</summary>
    /// <param name="from">An existing directory.</param>
    /// <param name="to">An existing, empty directory.</param>
    /// <param name="owners">Maps the owners; <see langword="null"/> keeps them.</param>
    /// <param name="cancel">Ends it between two files.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: an owner is not mapped. Unavailable: no space.</exception>
    internal static void Copy(string from, string to, OwnerMap? owners, CancellationToken cancel)
    {
        using FdHandle source = Files.Open(from, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY), target = Files.Open(to, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Files.TryStatus(source.Fd, out FileStatus status).ThrowIfError("stat", from);
        new TreeCopier(target.Fd, owners, cancel).CopyDirectory(source.Fd, target.Fd, ".\0"u8, status, []);
    }

    /// <param name="source">The directory.</param>
    /// <param name="target">Its copy.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="status">Of the directory.</param>
    /// <param name="path">Of the copy below the target's root, ended by a slash; empty for that itself.</param>
    private void CopyDirectory(int source, int target, ReadOnlySpan<byte> name, in FileStatus status, ReadOnlySpan<byte> path)
    {
        cancel.ThrowIfCancellationRequested();
        Directories.TryListNames(source, out List<byte[]> names).ThrowIfError("list", Show(name));
        foreach (byte[] child in names) CopyEntry(source, target, child, path);
        // A directory's times change with each name made in it, and its permissions may forbid that: both come last.
        Complete(source, ".\0"u8, target, ".\0"u8, status);
    }

    private void CopyEntry(int source, int target, byte[] name, ReadOnlySpan<byte> path)
    {
        Entries.TryStatus(source, name, out FileStatus status).ThrowIfError("stat", Show(name));
        bool hasNames = status.Links > 1 && !status.IsDirectory;
        if (hasNames && firstNames.TryGetValue((status.Device, status.Inode), out byte[]? first))
        {
            Entries.TryLink(targetRoot, first, target, name).ThrowIfError("link", Show(name));
            return;
        }
        if (hasNames) firstNames.Add((status.Device, status.Inode), [.. path, .. name]);
        switch (status.Mode & FileStatus.S_IFMT)
        {
            case FileStatus.S_IFDIR:
                Entries.TryMakeDirectory(target, name, 0b111_000_000).ThrowIfError("make directory", Show(name));
                Entries.TryOpen(source, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? from).ThrowIfError("open", Show(name));
                using (from)
                {
                    Entries.TryOpen(target, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? to).ThrowIfError("open", Show(name));
                    using (to) CopyDirectory(from!.Fd, to!.Fd, name, status, [.. path, .. name.AsSpan()[..^1], (byte)'/']);
                }
                return;
            case FileStatus.S_IFREG:
                CopyFile(source, target, name, status.Size);
                break;
            case FileStatus.S_IFLNK:
                Entries.TryReadLink(source, name, linkText.AsSpan(0, LinkBytes - 1), out int length).ThrowIfError("read link", Show(name));
                linkText[length] = 0;
                Entries.TrySymlink(linkText.AsSpan(0, length + 1), target, name).ThrowIfError("make symbolic link", Show(name));
                break;
            default:
                Entries.TryMakeNode(target, name, status.Mode & ~PermissionBits | 0b110_000_000, status.NodeDevice).ThrowIfError("make node", Show(name));
                break;
        }
        Complete(source, name, target, name, status);
    }

    private void CopyFile(int source, int target, byte[] name, long size)
    {
        Entries.TryOpen(source, name, OpenFlags.O_RDONLY, out FdHandle? from).ThrowIfError("open", Show(name));
        using (from)
        {
            Entries.TryOpen(target, name, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, out FdHandle? to, 0b110_000_000).ThrowIfError("make", Show(name));
            using (to)
            {
                if (size == 0) return;
                if (canClone && Copying.TryClone(from!.Fd, to!.Fd) == Errno.None) return;
                canClone = false;
                CopyContents(from!.Fd, to!.Fd, name, size);
            }
        }
    }

    private void CopyContents(int from, int to, byte[] name, long size)
    {
        for (long at = 0; at < size;)
        {
            Errno errno = Copying.TryNextData(from, at, out long start, out long end);
            if (errno == Errno.ENXIO) break;
            // A file system that knows no holes: all is data.
            if (errno is Errno.EINVAL or Errno.EOPNOTSUPP) (start, end) = (at, size);
            else errno.ThrowIfError("seek", Show(name));
            for (at = start; at < end;)
            {
                cancel.ThrowIfCancellationRequested();
                long copied = CopyPart(from, to, at, Math.Min(end - at, CopyBytes), name);
                if (copied == 0) break;
                at += copied;
            }
            at = Math.Max(at, end);
        }
        Files.TrySetLength(to, size).ThrowIfError("truncate", Show(name));
    }

    private long CopyPart(int from, int to, long at, long count, byte[] name)
    {
        if (canCopyRange)
        {
            Errno errno = Copying.TryCopyRange(from, to, at, count, out long copied);
            // 0 before the end: some file systems of the kernel itself, such as procfs.
            if (errno == Errno.None && copied > 0) return copied;
            if (errno is not (Errno.None or Errno.EXDEV or Errno.EOPNOTSUPP or Errno.EINVAL or Errno.ENOSYS)) errno.ThrowIfError("copy", Show(name));
            canCopyRange = false;
        }
        Span<byte> part = attributeValue.AsSpan(0, (int)Math.Min(count, AttributeValueBytes));
        Files.TryReadAt(from, at, part, out int read).ThrowIfError("read", Show(name));
        Files.TryWriteAt(to, at, part[..read]).ThrowIfError("write", Show(name));
        return read;
    }

    /// <summary>Owner before permissions, for a change of owner clears set-user-ID; attributes before permissions, for an ACL changes them; times last.</summary>
    private void Complete(int source, ReadOnlySpan<byte> name, int target, ReadOnlySpan<byte> copy, in FileStatus status)
    {
        uint uid = owners?.MapUser(status.Uid) ?? status.Uid, gid = owners?.MapGroup(status.Gid) ?? status.Gid;
        Entries.TryChangeOwner(target, copy, uid, gid).ThrowIfError("chown", Show(name));
        CopyAttributes(source, name, target, copy);
        if (!status.IsSymbolicLink) Entries.TryChangeMode(target, copy, status.Mode & PermissionBits).ThrowIfError("chmod", Show(name));
        Entries.TrySetTimes(target, copy, new(status.AccessSeconds, status.AccessNanoseconds), new(status.ModifySeconds, status.ModifyNanoseconds)).ThrowIfError("set times of", Show(name));
    }

    private void CopyAttributes(int source, ReadOnlySpan<byte> name, int target, ReadOnlySpan<byte> copy)
    {
        Errno errno = Entries.TryListAttributes(source, name, attributeNames, out int length);
        if (errno == Errno.EOPNOTSUPP) return;
        errno.ThrowIfError("list attributes of", Show(name));
        for (int at = 0; at < length;)
        {
            int end = at + attributeNames.AsSpan(at).IndexOf((byte)0) + 1;
            ReadOnlySpan<byte> attribute = attributeNames.AsSpan(at, end - at);
            at = end;
            errno = Entries.TryGetAttribute(source, name, attribute, attributeValue, out int size);
            if (errno == Errno.ENODATA) continue;
            errno.ThrowIfError("read an attribute of", Show(name));
            errno = Entries.TrySetAttribute(target, copy, attribute, attributeValue.AsSpan(0, size));
            // A label of a security module that is not loaded here cannot be set, and says nothing here.
            if (errno == Errno.EOPNOTSUPP && attribute.StartsWith("security.selinux"u8)) continue;
            errno.ThrowIfError("set an attribute of", Show(name));
        }
    }

    private static string Show(ReadOnlySpan<byte> name) => System.Text.Encoding.UTF8.GetString(name.TrimEnd((byte)0));
}
