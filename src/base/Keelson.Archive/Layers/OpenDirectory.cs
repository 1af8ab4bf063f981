using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>A directory of the tree that is open, and what is to become of its times.</summary>
internal sealed class OpenDirectory(FdHandle handle, in FileStatus status)
{
    /// <summary>Open for reading, so that mode and attributes can be set through it.</summary>
    public FdHandle Handle { get; } = handle;

    public int Fd => Handle.Fd;

    public (ulong Device, ulong Inode) Identity { get; } = (status.Device, status.Inode);

    public FileStatus Status { get; } = status;

    /// <summary>Paths by which it is known; more than one when symbolic links lead to it.</summary>
    public List<byte[]> Paths { get; } = [];

    public FileTime AccessTime { get; set; } = new(status.AccessSeconds, status.AccessNanoseconds);

    public FileTime ModifyTime { get; set; } = new(status.ModifySeconds, status.ModifyNanoseconds);

    /// <summary>Whether something in it has changed, or its times are to change, so that they have to be set.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Sets the times and closes it.</summary>
    public void Close()
    {
        using (Handle)
        {
            if (IsTouched) Files.TrySetTimes(Fd, AccessTime, ModifyTime).ThrowIfError("set the times of the directory", Paths.Count > 0 ? ArchiveText.Show(Paths[0]) : "/");
        }
    }
}
