using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Makes the entries of a layer below a root, one by one, by the rules of containerd's archive package.</summary>
/// <remarks>
/// A later entry replaces an earlier one and what lower layers left; only a directory over a directory keeps what is in it. Owner first, then mode (chown takes
/// set-user-ID away), then attributes (chown takes capabilities away), then times.
/// </remarks>
internal sealed partial class TreeWriter : IDisposable
{
    /// <summary>How often an entry is tried again when somebody else makes one of its name meanwhile.</summary>
    private const int MostTries = 100;

    private readonly ExtractOptions options;
    private readonly OpenDirectories directories;
    private readonly EntryPath path = new(), linkPath = new();
    private readonly SeenPaths? seen;
    private byte[] zeroed = new byte[4096];

    public TreeWriter(FdHandle root, ExtractOptions options)
    {
        this.options = options;
        directories = new OpenDirectories(root, options);
        // Only where lower layers may have left something does it matter what this one has made.
        if (options.Whiteouts != WhiteoutMode.Remove) return;
        Directories.TryListNames(directories.Root.Fd, out List<byte[]> names).ThrowIfError("list the root");
        if (names.Count > 0) seen = new();
    }

    /// <summary>Extended attributes that were left out.</summary>
    public long SkippedAttributes { get; private set; }

    /// <summary>Makes one entry; its contents come from the reader.</summary>
    public void Write(TarEntry entry, TarReader reader)
    {
        try
        {
            if (!path.TrySet(entry.Name.Span)) throw Refused("the name leads out of the layer or is nested too deeply");
            if (path.IsRoot && entry.Type != TarEntryType.Directory) throw Refused("the root is not a directory");
            if (path.IsRoot && options.KeepsRoot) return;
            if (options.Whiteouts != WhiteoutMode.None && path.Path.IndexOf(WhiteoutPrefix) >= 0 && WriteWhiteout()) return;
            switch (entry.Type)
            {
                case TarEntryType.RegularFile:
                    WriteFile(entry, reader);
                    break;
                case TarEntryType.Directory:
                    WriteDirectory(entry);
                    break;
                case TarEntryType.HardLink:
                    WriteHardLink(entry);
                    break;
                case TarEntryType.SymbolicLink:
                    WriteSymbolicLink(entry);
                    break;
                case TarEntryType.CharacterDevice or TarEntryType.BlockDevice:
                    if (options.Devices == DeviceRule.Refuse) throw Refused("device nodes are not allowed here");
                    if (options.Devices == DeviceRule.Skip) return;
                    WriteNode(entry, entry.Type == TarEntryType.CharacterDevice ? FileStatus.S_IFCHR : FileStatus.S_IFBLK, Device.Make(entry.DeviceMajor, entry.DeviceMinor));
                    break;
                case TarEntryType.Fifo:
                    WriteNode(entry, FileStatus.S_IFIFO, 0);
                    break;
                default:
                    throw Refused($"the entry type '{ArchiveText.Show([(byte)entry.Type])}' is not known");
            }
            seen?.Add(path.Path);
        }
        catch (LinuxException e)
        {
            throw new ArchiveException(e.Kind, $"extract {entry}", e);
        }
        catch (RefusedException e)
        {
            throw new ArchiveException(ErrorKind.InvalidArgument, $"extract {entry}: {e.Message}");
        }
    }

    /// <summary>Sets the last times.</summary>
    public void Finish()
    {
        try
        {
            directories.Finish();
        }
        catch (LinuxException e)
        {
            throw new ArchiveException(e.Kind, "extract", e);
        }
    }

    public void Dispose() => directories.Dispose();

    private void WriteFile(TarEntry entry, TarReader reader)
    {
        FdHandle? file = null;
        Make("create the file", parent => Entries.TryOpen(parent.Fd, path.BaseZ, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, out file, entry.Mode & 0b111_111_111));
        using (file)
        {
            int fd = file!.Fd;
            while (reader.TryReadPiece(out ReadOnlySpan<byte> data, out long offset))
                (entry.Regions is null ? Files.TryWrite(fd, data) : Files.TryWriteAt(fd, offset, data)).ThrowIfError("write the file");
            if (entry.Regions is not null) Files.TrySetLength(fd, entry.Size).ThrowIfError("set the length of the file");
            Files.TryStatus(fd, out FileStatus status).ThrowIfError("stat the file");
            Dress(entry, fd, status);
            (FileTime access, FileTime modify) = Times(entry);
            Files.TrySetTimes(fd, access, modify).ThrowIfError("set the times of the file");
        }
    }

    private const string MakeDirectory = "make the directory";

    private void WriteDirectory(TarEntry entry)
    {
        bool wasWhiteout = false;
        if (!path.IsRoot)
        {
            for (int tries = 0; ; tries++)
            {
                OpenDirectory parent = directories.Get(path.Parent);
                Errno errno = Entries.TryMakeDirectory(parent.Fd, path.BaseZ, (entry.Mode & 0b111_111_111) | 0b111_000_000);
                if (errno == Errno.None) parent.IsTouched = true;
                if (errno == Errno.None || (errno == Errno.EEXIST && IsDirectory(parent))) break;
                MakeRoom(errno, MakeDirectory, tries, parent, ref wasWhiteout);
            }
        }
        OpenDirectory directory = path.IsRoot ? directories.Root : directories.Get(path.Path);
        if (wasWhiteout) Overlay.TrySetOpaque(directory.Fd, options.Whiteouts).ThrowIfError("set the directory opaque");
        Files.TryStatus(directory.Fd, out FileStatus status).ThrowIfError("stat the directory");
        Dress(entry, directory.Fd, status);
        // Set when the directory is closed, after what comes into it.
        (directory.AccessTime, directory.ModifyTime) = Times(entry);
        directory.IsTouched = true;
    }

    private bool IsDirectory(OpenDirectory parent) => Entries.TryStatus(parent.Fd, path.BaseZ, out FileStatus status) == Errno.None && status.IsDirectory;

    private void WriteSymbolicLink(TarEntry entry)
    {
        byte[] target = [.. entry.LinkName.Span, 0];
        Make("make the symbolic link", parent => Entries.TrySymlink(target, parent.Fd, path.BaseZ));
        DressNode(entry, hasMode: false);
    }

    private void WriteNode(TarEntry entry, uint type, ulong device)
    {
        Make("make the node", parent => Entries.TryMakeNode(parent.Fd, path.BaseZ, type | (entry.Mode & 0b111_111_111), device));
        DressNode(entry, hasMode: true);
    }

    private void WriteHardLink(TarEntry entry)
    {
        if (!linkPath.TrySet(entry.LinkName.Span) || linkPath.IsRoot) throw Refused("the hard link leads out of the layer");
        // The link shares owner, mode and times with its target, which has them already: what the header says of them is passed over, and no link is ever followed.
        bool isSelf = linkPath.Path.SequenceEqual(path.Path);
        Make("make the hard link to " + ArchiveText.Show(linkPath.Path), parent =>
        {
            Errno errno = directories.TryGet(linkPath.Parent, create: false, out OpenDirectory? target);
            if (errno != Errno.None) return errno;
            // Opening the one may have closed the other, where few files can be open.
            if (parent.Handle.IsClosed) return Errno.EAGAIN;
            if (isSelf) return Entries.TryStatus(parent.Fd, path.BaseZ, out _);
            return Entries.TryLink(target!.Fd, linkPath.BaseZ, parent.Fd, path.BaseZ);
        });
    }

    /// <summary>Makes something that is no directory, after removing what is in its place.</summary>
    private void Make(string operation, Func<OpenDirectory, Errno> make)
    {
        bool wasWhiteout = false;
        for (int tries = 0; ; tries++)
        {
            OpenDirectory parent = directories.Get(path.Parent);
            Errno errno = make(parent);
            if (errno == Errno.None)
            {
                parent.IsTouched = true;
                return;
            }
            MakeRoom(errno, operation, tries, parent, ref wasWhiteout);
        }
    }

    /// <summary>Removes what is in the place of the entry, where that was the error; any other is thrown.</summary>
    private void MakeRoom(Errno errno, string operation, int tries, OpenDirectory parent, ref bool wasWhiteout)
    {
        if (errno == Errno.EAGAIN && tries < MostTries) return;
        if (errno != Errno.EEXIST || tries >= MostTries) errno.ThrowIfError(operation);
        if (options.KeepsKinds && IsDirectory(parent) is var there && there != (operation == MakeDirectory))
            throw Refused(there ? "cannot overwrite directory with non-directory" : "cannot overwrite non-directory with directory");
        wasWhiteout |= options.IsOverlay && Overlay.IsWhiteout(parent.Fd, path.BaseZ);
        Remove(parent, path.BaseZ);
    }

    private static RefusedException Refused(string cause) => new(cause);

    /// <summary>An entry breaks a rule; the message is the cause alone.</summary>
    private sealed class RefusedException(string cause) : Exception(cause);
}
