using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>Counts what a tree takes on the disk.</summary>
internal static class TreeUsage
{
    /// <summary>Counts a tree with its root directory. Files that go or come meanwhile are counted or not.</summary>
    public static SnapshotUsage Measure(string path, CancellationToken cancel)
    {
        using FdHandle root = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Files.TryStatus(root.Fd, out FileStatus status).ThrowIfError("stat", path);
        Counter counter = new(status.Device) { Blocks = status.Blocks, Inodes = 1 };
        counter.Count(root.Fd, path, cancel);
        return new(counter.Blocks * 512, counter.Inodes);
    }

    private sealed class Counter(ulong device)
    {
        private readonly HashSet<ulong> seen = [];

        public long Blocks, Inodes;

        public void Count(int directory, string path, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            Directories.TryListNames(directory, out List<byte[]> names).ThrowIfError("list", path);
            foreach (byte[] name in names)
            {
                Errno errno = Entries.TryStatus(directory, name, out FileStatus status);
                if (errno == Errno.ENOENT) continue;
                errno.ThrowIfError("stat", path);
                if (status.Device != device || (status.Links > 1 && !status.IsDirectory && !seen.Add(status.Inode))) continue;
                Blocks += status.Blocks;
                Inodes++;
                if (!status.IsDirectory) continue;
                errno = Entries.TryOpen(directory, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? child);
                if (errno == Errno.ENOENT) continue;
                errno.ThrowIfError("open", path);
                using (child) Count(child!.Fd, path, cancel);
            }
        }
    }
}
