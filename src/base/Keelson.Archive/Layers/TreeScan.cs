using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Writes all of one tree: a directory for itself, or the upper directory of overlayfs with its marks.</summary>
internal sealed class TreeScan(LayerWriter writer, bool isOverlay, CancellationToken cancellationToken)
{
    /// <summary>Writes the root and all below it.</summary>
    public void Write(FdHandle root)
    {
        Errno errno = Entries.TryStatus(root.Fd, ".\0"u8, out FileStatus status);
        if (errno != Errno.None) throw TreeNames.Fault([], "stat", errno);
        writer.Add([], root.Fd, ".\0"u8, status);
        WriteChildren([], root.Fd, ".\0"u8);
    }

    /// <summary>Writes an entry, which is known to be new, and all below it.</summary>
    public void WriteEntry(byte[] path, int directory, byte[] nameZ, in FileStatus status)
    {
        cancellationToken.ThrowIfCancellationRequested();
        writer.Add(path, directory, nameZ, status);
        if (status.IsDirectory) WriteChildren(path, directory, nameZ);
    }

    private void WriteChildren(byte[] path, int parent, ReadOnlySpan<byte> nameZ)
    {
        using FdHandle directory = TreeNames.Open(path, parent, nameZ);
        if (isOverlay)
        {
            Refuse(path, directory.Fd, "redirect\0"u8, "redirect_dir");
            if (path.Length > 0 && Overlay.IsOpaque(directory.Fd)) writer.AddOpaque(path);
        }
        List<(byte[] NameZ, FileStatus Status)> children = TreeNames.List(path, directory.Fd);
        if (isOverlay)
            foreach ((byte[] name, FileStatus status) in children)
                if (Overlay.IsWhiteout(status))
                    writer.AddWhiteout(path, name.AsSpan(0, name.Length - 1));
        foreach ((byte[] name, FileStatus status) in children)
        {
            if (isOverlay && Overlay.IsWhiteout(status)) continue;
            byte[] child = TreeNames.Join(path, name);
            if (isOverlay && (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG) RefuseMetacopy(child, directory.Fd, name);
            WriteEntry(child, directory.Fd, name, status);
        }
    }

    private static void Refuse(byte[] path, int fd, ReadOnlySpan<byte> attribute, string option)
    {
        if (Files.TryGetAttribute(fd, [.. "trusted.overlay."u8, .. attribute], [], out _) == Errno.None
            || Files.TryGetAttribute(fd, [.. "user.overlay."u8, .. attribute], [], out _) == Errno.None)
            throw Unsupported(path, option);
    }

    private static void RefuseMetacopy(byte[] path, int directory, byte[] nameZ)
    {
        if (Entries.TryGetAttribute(directory, nameZ, "trusted.overlay.metacopy\0"u8, [], out _) == Errno.None
            || Entries.TryGetAttribute(directory, nameZ, "user.overlay.metacopy\0"u8, [], out _) == Errno.None)
            throw Unsupported(path, "metacopy");
    }

    private static ArchiveException Unsupported(byte[] path, string option) =>
        new(ErrorKind.Unsupported, $"write layer: {ArchiveText.Show(path)}: overlayfs was mounted with {option}");
}
