using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Walks two trees side by side and writes the differences.</summary>
internal sealed class DoubleWalk(LayerWriter writer, CancellationToken cancellationToken)
{
    private const int BufferBytes = 64 << 10;

    private readonly TreeScan scan = new(writer, isOverlay: false, cancellationToken);
    private readonly byte[] lowerBuffer = new byte[BufferBytes], upperBuffer = new byte[BufferBytes];

    /// <summary>Directories on the way down that are not written yet; a change below writes them.</summary>
    private readonly List<(byte[] Path, int Parent, byte[] NameZ, FileStatus Status, bool IsWritten)> open = [];

    /// <summary>Writes what makes the lower tree the upper one.</summary>
    public void Write(FdHandle lower, FdHandle upper)
    {
        byte[] here = [(byte)'.', 0];
        Status(lower.Fd, here, [], out FileStatus before);
        Status(upper.Fd, here, [], out FileStatus after);
        WalkDirectory([], lower.Fd, here, before, upper.Fd, here, after);
    }

    private void WalkDirectory(byte[] path, int lowerParent, byte[] lowerName, in FileStatus before, int upperParent, byte[] upperName, in FileStatus after)
    {
        cancellationToken.ThrowIfCancellationRequested();
        open.Add((path, upperParent, upperName, after, false));
        if (!IsSameInode(lowerParent, lowerName, before, upperParent, upperName, after)) WriteOpen();
        using (FdHandle lower = TreeNames.Open(path, lowerParent, lowerName), upper = TreeNames.Open(path, upperParent, upperName))
        {
            List<(byte[] NameZ, FileStatus Status)> old = TreeNames.List(path, lower.Fd), now = TreeNames.List(path, upper.Fd);
            HashSet<string> names = [.. now.Where(item => LayerWriter.TypeOf(item.Status) is not null).Select(item => Convert.ToHexString(item.NameZ))];
            foreach ((byte[] name, FileStatus _) in old)
            {
                if (names.Contains(Convert.ToHexString(name))) continue;
                WriteOpen();
                writer.AddWhiteout(path, name.AsSpan(0, name.Length - 1));
            }
            int at = 0;
            foreach ((byte[] name, FileStatus status) in now)
            {
                while (at < old.Count && old[at].NameZ.AsSpan().SequenceCompareTo(name) < 0) at++;
                FileStatus? lowerStatus = at < old.Count && old[at].NameZ.AsSpan().SequenceEqual(name) ? old[at].Status : null;
                WalkEntry(TreeNames.Join(path, name), lower.Fd, lowerStatus, upper.Fd, name, status);
            }
        }
        open.RemoveAt(open.Count - 1);
    }

    private void WalkEntry(byte[] path, int lower, FileStatus? before, int upper, byte[] nameZ, in FileStatus after)
    {
        if (before is { IsDirectory: true } old && after.IsDirectory)
        {
            WalkDirectory(path, lower, nameZ, old, upper, nameZ, after);
            return;
        }
        if (LayerWriter.TypeOf(after) is null || (before is { } same && IsSame(path, lower, same, upper, nameZ, after))) return;
        WriteOpen();
        scan.WriteEntry(path, upper, nameZ, after);
    }

    /// <summary>Writes the directories that lead to a change, so that the layer tells how they look.</summary>
    private void WriteOpen()
    {
        for (int i = 0; i < open.Count; i++)
        {
            (byte[] path, int parent, byte[] nameZ, FileStatus status, bool isWritten) = open[i];
            if (isWritten) continue;
            writer.Add(path, parent, nameZ, status);
            open[i] = (path, parent, nameZ, status, true);
        }
    }

    /// <summary>containerd's rule for what has not changed.</summary>
    private bool IsSame(byte[] path, int lower, in FileStatus before, int upper, byte[] nameZ, in FileStatus after)
    {
        if ((before.Device, before.Inode) == (after.Device, after.Inode)) return true;
        if (!IsSameInode(lower, nameZ, before, upper, nameZ, after)) return false;
        if (before.Size != after.Size || before.ModifySeconds != after.ModifySeconds || before.ModifyNanoseconds != after.ModifyNanoseconds) return false;
        // A time that ends in zeros may have been through an archive that cuts it off.
        return before.ModifyNanoseconds != 0 || after.Size == 0 || HasSameContents(path, lower, upper, nameZ, after);
    }

    private static bool IsSameInode(int lower, byte[] lowerName, in FileStatus before, int upper, byte[] upperName, in FileStatus after)
    {
        if (before.Mode != after.Mode || before.Uid != after.Uid || before.Gid != after.Gid || before.NodeDevice != after.NodeDevice) return false;
        List<TarAttribute> old = XattrList.Read(lower, lowerName), now = XattrList.Read(upper, upperName);
        return old.Count == now.Count && old.Zip(now).All(pair => pair.First.Name.Span.SequenceEqual(pair.Second.Name.Span) && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span));
    }

    private bool HasSameContents(byte[] path, int lower, int upper, byte[] nameZ, in FileStatus status)
    {
        if (status.IsSymbolicLink)
        {
            return Entries.TryReadLink(lower, nameZ, lowerBuffer, out int oldLength) == Errno.None && Entries.TryReadLink(upper, nameZ, upperBuffer, out int newLength) == Errno.None
                && lowerBuffer.AsSpan(0, oldLength).SequenceEqual(upperBuffer.AsSpan(0, newLength));
        }
        if ((status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFREG) return true;
        using FdHandle old = OpenFile(path, lower, nameZ), now = OpenFile(path, upper, nameZ);
        for (long offset = 0; offset < status.Size;)
        {
            int oldCount = ReadFull(path, old.Fd, offset, lowerBuffer), newCount = ReadFull(path, now.Fd, offset, upperBuffer);
            if (!lowerBuffer.AsSpan(0, oldCount).SequenceEqual(upperBuffer.AsSpan(0, newCount))) return false;
            if (oldCount == 0) break;
            offset += oldCount;
        }
        return true;
    }

    private static FdHandle OpenFile(byte[] path, int directory, byte[] nameZ)
    {
        Errno errno = Entries.TryOpen(directory, nameZ, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? handle);
        return errno == Errno.None ? handle! : throw TreeNames.Fault(path, "open", errno);
    }

    private static int ReadFull(byte[] path, int fd, long offset, byte[] target)
    {
        int done = 0;
        while (done < target.Length)
        {
            Errno errno = Files.TryReadAt(fd, offset + done, target.AsSpan(done), out int count);
            if (errno != Errno.None) throw TreeNames.Fault(path, "read", errno);
            if (count == 0) break;
            done += count;
        }
        return done;
    }

    private static void Status(int directory, byte[] nameZ, byte[] path, out FileStatus status)
    {
        Errno errno = Entries.TryStatus(directory, nameZ, out status);
        if (errno != Errno.None) throw TreeNames.Fault(path, "stat", errno);
    }
}
