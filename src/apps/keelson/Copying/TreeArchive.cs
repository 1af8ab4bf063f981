using System.Text;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Copying;

/// <summary>Makes an archive of a file or a directory of this machine.</summary>
internal static class TreeArchive
{
    private const uint TypeBits = 0xf000, PermissionBits = 0xfff;

    /// <summary>Writes an archive.</summary>
    /// <param name="source">The path.</param>
    /// <param name="name">What its first entry is called; <c>.</c> for the contents of a directory.</param>
    /// <param name="target">Where the archive goes.</param>
    /// <param name="follows">Follows <paramref name="source"/> when it is a link; links below stay links.</param>
    /// <exception cref="KeelsonException">Something cannot be read.</exception>
    public static void Write(string source, string name, Stream target, bool follows)
    {
        TarWriter writer = new(target);
        Add(writer, source, name, follows);
        writer.Finish();
    }

    private static void Add(TarWriter writer, string path, string name, bool follows)
    {
        Files.TryStatus(path, out FileStatus status, follows).ThrowIfError("read", path);
        switch (status.Mode & TypeBits)
        {
            case 0x8000: AddFile(writer, path, name); break;
            case 0x4000:
                writer.WriteEntry(Entry(status, name + "/", TarEntryType.Directory));
                Directories.TryListNames(path, out List<string> names).ThrowIfError("list", path);
                names.Sort(StringComparer.Ordinal);
                foreach (string child in names) Add(writer, $"{path.TrimEnd('/')}/{child}", $"{name}/{child}", follows: false);
                break;
            case 0xa000:
                Files.TryReadLink(path, out string link).ThrowIfError("read link", path);
                writer.WriteEntry(Entry(status, name, TarEntryType.SymbolicLink, link: link));
                break;
            case 0x1000: writer.WriteEntry(Entry(status, name, TarEntryType.Fifo)); break;
            case 0x2000: writer.WriteEntry(Entry(status, name, TarEntryType.CharacterDevice)); break;
            case 0x6000: writer.WriteEntry(Entry(status, name, TarEntryType.BlockDevice)); break;
            // A socket is nothing without its process.
            default: break;
        }
    }

    private static void AddFile(TarWriter writer, string path, string name)
    {
        using FdHandle file = Files.Open(path, OpenFlags.O_RDONLY);
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("read", path);
        writer.WriteEntry(Entry(status, name, TarEntryType.RegularFile, status.Size));
        byte[] buffer = new byte[64 << 10];
        long left = status.Size;
        while (left > 0)
        {
            Files.TryRead(file.Fd, buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)), out int count).ThrowIfError("read", path);
            if (count == 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"read {path}: it became shorter meanwhile");
            writer.Write(buffer.AsSpan(0, count));
            left -= count;
        }
    }

    private static TarEntry Entry(in FileStatus status, string name, TarEntryType type, long size = 0, string link = "") => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        Type = type,
        Mode = status.Mode & PermissionBits,
        Uid = status.Uid,
        Gid = status.Gid,
        Size = size,
        ModifyTime = new(status.ModifySeconds, status.ModifyNanoseconds),
        LinkName = Encoding.UTF8.GetBytes(link),
        DeviceMajor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? (uint)((status.NodeDevice >> 8) & 0xfff) : 0,
        DeviceMinor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? (uint)((status.NodeDevice & 0xff) | ((status.NodeDevice >> 12) & 0xfff00)) : 0,
    };
}
