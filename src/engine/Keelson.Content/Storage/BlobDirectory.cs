using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>The files of committed content.</summary>
internal sealed class BlobDirectory(string root, Disk disk) : IBlobStore
{
    private static readonly string[] Algorithms = ["sha256", "sha512"];

    public bool IsLocal => true;

    private string PathOf(Digest digest) => $"{root}/blobs/{digest.Algorithm}/{digest.Hex}";

    /// <summary>Whether a blob is there, and its length.</summary>
    public bool TryFind(Digest digest, out BlobStatus found)
    {
        Errno errno = Files.TryStatus(PathOf(digest), out FileStatus status, followLink: false);
        found = new(status.Size, status.Inode);
        if (errno is Errno.None or Errno.ENOENT) return errno == Errno.None;
        throw new LinuxException("stat", PathOf(digest), errno);
    }

    /// <summary>Opens a blob to read.</summary>
    /// <returns><see langword="null"/>: it is not there.</returns>
    public FdHandle? Open(Digest digest)
    {
        Errno errno = Files.TryOpen(PathOf(digest), OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, out FdHandle? handle);
        if (errno != Errno.ENOENT) errno.ThrowIfError("open", PathOf(digest));
        return handle;
    }

    /// <summary>Gives a file that is on the disk its place.</summary>
    public void Adopt(string file, Digest digest)
    {
        disk.Rename(file, PathOf(digest));
        disk.SyncDirectory($"{root}/blobs/{digest.Algorithm}");
    }

    /// <summary>Takes a blob back to where it came from.</summary>
    public void GiveBack(Digest digest, string file) => disk.Rename(PathOf(digest), file);

    /// <summary>Removes a blob.</summary>
    public bool Remove(Digest digest) => disk.Remove(PathOf(digest));

    /// <summary>Sets a damaged blob aside.</summary>
    /// <returns>Where it is now.</returns>
    public string? Quarantine(Digest digest)
    {
        string path = $"{root}/quarantine/{digest.Algorithm}-{digest.Hex}";
        disk.Rename(PathOf(digest), path);
        disk.SyncDirectory($"{root}/blobs/{digest.Algorithm}");
        return path;
    }

    /// <summary>All blobs that are there; what has another name is passed over.</summary>
    public HashSet<Digest> List()
    {
        HashSet<Digest> digests = [];
        foreach (string algorithm in Algorithms)
            foreach (string name in Disk.List($"{root}/blobs/{algorithm}"))
                if (Digest.TryParse($"{algorithm}:{name}", out Digest digest)) digests.Add(digest);
        return digests;
    }
}
