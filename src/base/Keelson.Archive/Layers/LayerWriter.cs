using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Turns files of a tree into entries of a layer.</summary>
internal sealed class LayerWriter(Stream target, DiffOptions options)
{
    private const int BufferBytes = 128 << 10;

    private readonly TarWriter tar = new(target);
    private readonly byte[] buffer = new byte[BufferBytes];

    /// <summary>The first name of each file that has several.</summary>
    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> firstNames = [];

    /// <summary>Entries so far.</summary>
    public long Entries { get; private set; }

    /// <summary>Writes a file, link, node or directory.</summary>
    /// <param name="path">Below the root; empty for the root.</param>
    /// <param name="directory">The directory that it is in.</param>
    /// <param name="nameZ">Its name there.</param>
    /// <param name="status">Its status.</param>
    public void Add(ReadOnlySpan<byte> path, int directory, ReadOnlySpan<byte> nameZ, in FileStatus status)
    {
        try
        {
            TarEntryType? type = TypeOf(status);
            if (type is null) return;
            if (type == TarEntryType.RegularFile && status.Links > 1 && !firstNames.TryAdd((status.Device, status.Inode), path.ToArray()))
            {
                Write(Entry(path, TarEntryType.HardLink, status, [], firstNames[(status.Device, status.Inode)]));
                return;
            }
            List<TarAttribute> attributes = XattrList.Read(directory, nameZ);
            if (type == TarEntryType.RegularFile) AddFile(path, directory, nameZ, status, attributes);
            else if (type == TarEntryType.SymbolicLink) Write(Entry(path, type.Value, status, attributes, ReadLink(directory, nameZ)));
            else Write(Entry(path, type.Value, status, attributes, default));
        }
        catch (LinuxException e)
        {
            throw new ArchiveException(e.Kind, $"write layer: {ArchiveText.Show(path)}", e);
        }
    }

    /// <summary>Writes that a lower entry is gone.</summary>
    public void AddWhiteout(ReadOnlySpan<byte> directoryPath, ReadOnlySpan<byte> name) => AddMark(directoryPath, [.. ".wh."u8, .. name]);

    /// <summary>Writes that nothing lower shows in a directory.</summary>
    public void AddOpaque(ReadOnlySpan<byte> directoryPath) => AddMark(directoryPath, ".wh..wh..opq"u8);

    /// <summary>Writes the end of the archive.</summary>
    public void Finish() => tar.Finish();

    private void AddMark(ReadOnlySpan<byte> directoryPath, ReadOnlySpan<byte> name) =>
        Write(new TarEntry { Name = directoryPath.IsEmpty ? name.ToArray() : (byte[])[.. directoryPath, (byte)'/', .. name] });

    private void AddFile(ReadOnlySpan<byte> path, int directory, ReadOnlySpan<byte> nameZ, in FileStatus status, List<TarAttribute> attributes)
    {
        Linux.Sys.Entries.TryOpen(directory, nameZ, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? file).ThrowIfError("open");
        using (file)
        {
            Write(Entry(path, TarEntryType.RegularFile, status, attributes, default));
            long left = status.Size;
            while (left > 0)
            {
                Files.TryRead(file!.Fd, buffer.AsSpan(0, (int)Math.Min(left, BufferBytes)), out int count).ThrowIfError("read");
                if (count == 0) throw new ArchiveException(ErrorKind.Unavailable, $"write layer: {ArchiveText.Show(path)}: the file has become shorter meanwhile");
                tar.Write(buffer.AsSpan(0, count));
                left -= count;
            }
        }
    }

    private TarEntry Entry(ReadOnlySpan<byte> path, TarEntryType type, in FileStatus status, List<TarAttribute> attributes, byte[]? link) => new()
    {
        Name = type == TarEntryType.Directory ? (byte[])[.. path.IsEmpty ? "."u8 : path, (byte)'/'] : path.ToArray(),
        Type = type,
        Mode = status.Mode & 0xfff,
        Uid = IdRange.ToInside(options.UidMap, status.Uid) ?? throw Unmapped(path, "owner", status.Uid),
        Gid = IdRange.ToInside(options.GidMap, status.Gid) ?? throw Unmapped(path, "group", status.Gid),
        Size = type == TarEntryType.RegularFile ? status.Size : 0,
        ModifyTime = new(status.ModifySeconds, options.KeepsSubSeconds ? status.ModifyNanoseconds : 0),
        LinkName = link ?? [],
        DeviceMajor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? Device.Major(status.NodeDevice) : 0,
        DeviceMinor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? Device.Minor(status.NodeDevice) : 0,
        Attributes = attributes,
    };

    private void Write(TarEntry entry)
    {
        tar.WriteEntry(entry);
        Entries++;
    }

    private static byte[] ReadLink(int directory, ReadOnlySpan<byte> nameZ)
    {
        Span<byte> text = stackalloc byte[4096];
        Linux.Sys.Entries.TryReadLink(directory, nameZ, text, out int length).ThrowIfError("read the link");
        return text[..length].ToArray();
    }

    private static ArchiveException Unmapped(ReadOnlySpan<byte> path, string what, uint id) =>
        new(ErrorKind.InvalidArgument, $"write layer: {ArchiveText.Show(path)}: the {what} {id} has no place in the map of IDs");

    /// <summary>What a file is in an archive; <see langword="null"/> for a socket.</summary>
    internal static TarEntryType? TypeOf(in FileStatus status) => (status.Mode & FileStatus.S_IFMT) switch
    {
        FileStatus.S_IFREG => TarEntryType.RegularFile,
        FileStatus.S_IFDIR => TarEntryType.Directory,
        FileStatus.S_IFLNK => TarEntryType.SymbolicLink,
        FileStatus.S_IFCHR => TarEntryType.CharacterDevice,
        FileStatus.S_IFBLK => TarEntryType.BlockDevice,
        FileStatus.S_IFIFO => TarEntryType.Fifo,
        _ => null,
    };
}
