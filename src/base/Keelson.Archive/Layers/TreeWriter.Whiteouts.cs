using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

internal sealed partial class TreeWriter
{
    private static ReadOnlySpan<byte> WhiteoutPrefix => ".wh."u8;

    /// <summary>What AUFS kept for itself; only the opaque mark of these means something to others.</summary>
    private static ReadOnlySpan<byte> AufsPrefix => ".wh..wh."u8;

    private static ReadOnlySpan<byte> OpaqueName => ".wh..wh..opq"u8;

    /// <summary>Does what the entry says about lower layers, if it is a whiteout.</summary>
    /// <returns>Whether it was one.</returns>
    /// <remarks>image-spec 1.1 layer "Whiteouts": they hide what lower layers have, never what this layer brings, wherever it stands in the archive.</remarks>
    private bool WriteWhiteout()
    {
        foreach (Range part in path.Parent.Split((byte)'/'))
        {
            if (path.Parent[part].StartsWith(AufsPrefix)) return true;
            if (path.Parent[part].StartsWith(WhiteoutPrefix)) throw Refused("the entry lies in a whiteout");
        }
        if (path.Base.SequenceEqual(OpaqueName))
        {
            HideLower();
            return true;
        }
        if (path.Base.StartsWith(AufsPrefix)) return true;
        if (!path.Base.StartsWith(WhiteoutPrefix)) return false;
        ReadOnlySpan<byte> hidden = path.Base[WhiteoutPrefix.Length..];
        if (hidden is [] or [(byte)'.'] or [(byte)'.', (byte)'.']) throw Refused("the whiteout names no entry");
        if (options.Whiteouts == WhiteoutMode.Remove) RemoveLower();
        else MakeWhiteout();
        return true;
    }

    /// <summary>An opaque directory.</summary>
    private void HideLower()
    {
        if (options.Whiteouts != WhiteoutMode.Remove)
        {
            OpenDirectory directory = directories.Get(path.Parent);
            Overlay.TrySetOpaque(directory.Fd, options.Whiteouts).ThrowIfError("set the directory opaque");
        }
        else if (seen is not null && TryGetParent() is { } directory)
        {
            directory.IsTouched = true;
            RemoveUnseen(directory.Fd, path.Parent.ToArray());
            directories.Forget();
        }
    }

    private void RemoveLower()
    {
        if (seen is null || TryGetParent() is not { } parent) return;
        ReadOnlySpan<byte> hidden = path.BaseZ[WhiteoutPrefix.Length..];
        byte[] hiddenPath = Join(path.Parent, hidden[..^1]);
        if (!seen.Contains(hiddenPath)) Remove(parent, hidden);
        else if (Entries.TryOpen(parent.Fd, hidden, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle) == Errno.None)
        {
            using (handle) RemoveUnseen(handle!.Fd, hiddenPath);
            directories.Forget();
        }
    }

    private void MakeWhiteout()
    {
        OpenDirectory parent = directories.Get(path.Parent);
        ReadOnlySpan<byte> hidden = path.BaseZ[WhiteoutPrefix.Length..];
        Errno errno = Entries.TryMakeNode(parent.Fd, hidden, FileStatus.S_IFCHR, 0);
        parent.IsTouched = true;
        if (errno == Errno.EEXIST)
        {
            // What this layer has brought hides a lower file as it is; a lower directory would show through.
            if (Entries.TryOpen(parent.Fd, hidden, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle) != Errno.None) return;
            using (handle) errno = Overlay.TrySetOpaque(handle!.Fd, options.Whiteouts);
        }
        errno.ThrowIfError("make the whiteout");
    }

    private OpenDirectory? TryGetParent()
    {
        Errno errno = directories.TryGet(path.Parent, create: false, out OpenDirectory? parent);
        if (errno is not (Errno.None or Errno.ENOENT or Errno.ENOTDIR)) errno.ThrowIfError("open the directory", ArchiveText.Show(path.Parent));
        return parent;
    }

    /// <summary>Removes an entry with all that is in it. One that is not there is fine.</summary>
    private void Remove(OpenDirectory parent, ReadOnlySpan<byte> nameZ)
    {
        Errno errno = Entries.TryStatus(parent.Fd, nameZ, out FileStatus status);
        if (errno == Errno.ENOENT) return;
        errno.ThrowIfError("stat what is in its place");
        parent.IsTouched = true;
        TreeRemover.TryRemove(parent.Fd, nameZ).ThrowIfError("remove what is in its place");
        if (status.IsDirectory) directories.Forget();
        else if (status.IsSymbolicLink) directories.LinkIsGone();
    }

    /// <summary>Removes from a directory what this layer has not brought.</summary>
    private void RemoveUnseen(int directory, byte[] directoryPath)
    {
        Directories.TryListNames(directory, out List<byte[]> names).ThrowIfError("list the directory", ArchiveText.Show(directoryPath));
        foreach (byte[] name in names)
        {
            byte[] child = Join(directoryPath, name.AsSpan(0, name.Length - 1));
            if (!seen!.Contains(child)) TreeRemover.TryRemove(directory, name).ThrowIfError("remove", ArchiveText.Show(child));
            else if (Entries.TryOpen(directory, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle) == Errno.None)
            {
                using (handle)
                {
                    Files.TryStatus(handle!.Fd, out FileStatus status).ThrowIfError("stat", ArchiveText.Show(child));
                    RemoveUnseen(handle.Fd, child);
                    Files.TrySetTimes(handle.Fd, new(status.AccessSeconds, status.AccessNanoseconds), new(status.ModifySeconds, status.ModifyNanoseconds)).ThrowIfError("set the times of", ArchiveText.Show(child));
                }
            }
        }
    }

    private static byte[] Join(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name) => directory.IsEmpty ? name.ToArray() : [.. directory, (byte)'/', .. name];
}
