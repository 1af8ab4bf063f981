using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Lists directories for those who walk trees.</summary>
internal static class TreeNames
{
    /// <summary>Opens a directory of a tree.</summary>
    public static FdHandle Open(ReadOnlySpan<byte> path, int parent, ReadOnlySpan<byte> nameZ)
    {
        Errno errno = Entries.TryOpen(parent, nameZ, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle);
        return errno == Errno.None ? handle! : throw Fault(path, "open the directory", errno);
    }

    /// <summary>Names, each with a zero byte, and status of what is in a directory, ordered by the bytes of the names.</summary>
    public static List<(byte[] NameZ, FileStatus Status)> List(ReadOnlySpan<byte> path, int directory)
    {
        Errno errno = Directories.TryListNames(directory, out List<byte[]> names);
        if (errno != Errno.None) throw Fault(path, "list the directory", errno);
        names.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        List<(byte[], FileStatus)> list = new(names.Count);
        foreach (byte[] name in names)
        {
            errno = Entries.TryStatus(directory, name, out FileStatus status);
            if (errno != Errno.None) throw Fault(Join(path, name), "stat", errno);
            list.Add((name, status));
        }
        return list;
    }

    /// <summary>The path of a child; the name's zero byte is left out.</summary>
    public static byte[] Join(ReadOnlySpan<byte> path, ReadOnlySpan<byte> nameZ) => path.IsEmpty ? nameZ[..^1].ToArray() : [.. path, (byte)'/', .. nameZ[..^1]];

    /// <summary>The error of a call on something in a tree.</summary>
    public static ArchiveException Fault(ReadOnlySpan<byte> path, string operation, Errno errno)
    {
        LinuxException cause = new(operation, null, errno);
        return new ArchiveException(cause.Kind, $"write layer: {(path.IsEmpty ? "/" : ArchiveText.Show(path))}", cause);
    }
}
