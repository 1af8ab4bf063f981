using System.Text;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Copying;

/// <summary>
/// Unpacks what a container sent. Nothing is written outside of the target: every name is looked up below its directory without following links, and
/// no name has <c>..</c>. openat2(2) RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS.
/// </summary>
internal sealed class ArchiveExtractor(FdHandle root, bool keepsOwners)
{
    private const uint PermissionBits = 0xfff;
    private readonly List<(byte[] Parent, byte[] Name, FileTime Time)> directories = [];

    /// <summary>Unpacks an archive.</summary>
    /// <param name="archive">Its entries lie below one first entry.</param>
    /// <param name="name">What the first entry is called here; empty: its contents go into the target itself.</param>
    /// <exception cref="KeelsonException">DataLoss: an entry leads outside. Others: it cannot be written.</exception>
    public void Extract(Stream archive, string name)
    {
        TarReader reader = new(archive);
        string? first = null;
        while (reader.Read() is { } entry)
        {
            string path = Encoding.UTF8.GetString(entry.Name.Span).TrimEnd('/');
            first ??= path;
            string below = path == first ? "" : path.StartsWith(first + "/", StringComparison.Ordinal) ? path[(first.Length + 1)..] : throw Outside(path);
            string own = name.Length == 0 ? below : below.Length == 0 ? name : $"{name}/{below}";
            if (own.Length == 0) continue;
            if (own.Split('/').Any(part => part is "" or "." or "..")) throw Outside(path);
            Write(entry, reader, own, first, name);
        }
        for (int i = directories.Count - 1; i >= 0; i--)
        {
            (byte[] parent, byte[] child, FileTime time) = directories[i];
            if (TryParent(parent, out FdHandle? handle) == Errno.None)
                using (handle) Entries.TrySetTimes(handle!.Fd, child, time, time);
        }
    }

    private void Write(TarEntry entry, TarReader reader, string path, string first, string name)
    {
        int slash = path.LastIndexOf('/');
        byte[] parentPath = Encoding.UTF8.GetBytes(slash < 0 ? "." : path[..slash]), child = [.. Encoding.UTF8.GetBytes(path[(slash + 1)..]), 0];
        TryParent(parentPath, out FdHandle? parent).ThrowIfError("open directory of", path);
        using (parent)
        {
            int at = parent!.Fd;
            Errno errno = Make(entry, reader, at, child, path, first, name);
            errno.ThrowIfError("write", path);
            if (keepsOwners) Entries.TryChangeOwner(at, child, (uint)entry.Uid, (uint)entry.Gid).ThrowIfError("change owner of", path);
            if (entry.Type is not (TarEntryType.SymbolicLink or TarEntryType.HardLink)) Entries.TryChangeMode(at, child, entry.Mode & PermissionBits).ThrowIfError("change mode of", path);
            if (entry.Type == TarEntryType.Directory) directories.Add((parentPath, child, entry.ModifyTime));
            else if (entry.Type != TarEntryType.HardLink) Entries.TrySetTimes(at, child, entry.ModifyTime, entry.ModifyTime).ThrowIfError("change times of", path);
        }
    }

    private Errno Make(TarEntry entry, TarReader reader, int at, byte[] child, string path, string first, string name)
    {
        if (entry.Type == TarEntryType.Directory)
        {
            Errno made = Entries.TryMakeDirectory(at, child, 0b111_000_000);
            if (made != Errno.EEXIST) return made;
            // A directory is written into; anything else, links too, is not.
            return Entries.TryStatus(at, child, out FileStatus there) is var errno and not Errno.None ? errno : there.IsDirectory ? Errno.None : Errno.ENOTDIR;
        }
        if (Entries.TryUnlink(at, child) is var removed && removed is not (Errno.None or Errno.ENOENT)) return removed;
        switch (entry.Type)
        {
            case TarEntryType.RegularFile: return WriteFile(reader, at, child);
            case TarEntryType.SymbolicLink: return Entries.TrySymlink([.. entry.LinkName.Span, 0], at, child);
            case TarEntryType.HardLink: return Link(entry, at, child, first, name, path);
            case TarEntryType.Fifo: return Entries.TryMakeNode(at, child, 0x1000 | entry.Mode & PermissionBits, 0);
            default: return Entries.TryMakeNode(at, child, (entry.Type == TarEntryType.BlockDevice ? 0x6000u : 0x2000u) | entry.Mode & PermissionBits, Device(entry.DeviceMajor, entry.DeviceMinor));
        }
    }

    private static Errno WriteFile(TarReader reader, int at, byte[] child)
    {
        Errno errno = Entries.TryOpen(at, child, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, out FdHandle? file, 0b110_000_000);
        if (errno != Errno.None) return errno;
        using (file)
        {
            byte[] buffer = new byte[64 << 10];
            int count;
            while ((count = reader.Read(buffer)) > 0)
                if ((errno = Files.TryWrite(file!.Fd, buffer.AsSpan(0, count))) != Errno.None)
                    return errno;
        }
        return Errno.None;
    }

    private Errno Link(TarEntry entry, int at, byte[] child, string first, string name, string path)
    {
        string target = Encoding.UTF8.GetString(entry.LinkName.Span).TrimEnd('/');
        if (!target.StartsWith(first + "/", StringComparison.Ordinal)) throw Outside(path);
        string own = (name.Length == 0 ? "" : name + "/") + target[(first.Length + 1)..];
        if (own.Split('/').Any(part => part is "" or "." or "..")) throw Outside(path);
        int slash = own.LastIndexOf('/');
        Errno errno = TryParent(Encoding.UTF8.GetBytes(slash < 0 ? "." : own[..slash]), out FdHandle? parent);
        if (errno != Errno.None) return errno;
        using (parent) return Entries.TryLink(parent!.Fd, [.. Encoding.UTF8.GetBytes(own[(slash + 1)..]), 0], at, child);
    }

    private Errno TryParent(byte[] path, out FdHandle? handle) =>
        Entries.TryOpenAt2(root.Fd, [.. path, 0], OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS, out handle);

    private static ulong Device(uint major, uint minor) => (minor & 0xff) | ((ulong)major & 0xfff) << 8 | ((ulong)minor & ~0xffUL) << 12 | ((ulong)major & ~0xfffUL) << 32;

    private static KeelsonException Outside(string path) => new(ErrorKind.DataLoss, $"unpack {path}: the entry leads outside of the archive's first one");
}
