using Keelson.Linux;

namespace Keelson.Archive;

/// <summary>Finds and makes directories of a tree that somebody else filled. Links in it lead nowhere outside.</summary>
public static class ConfinedDirectory
{
    /// <summary>Opens the directory at a path.</summary>
    /// <param name="root">The tree's root, open for reading. It stays the caller's.</param>
    /// <param name="path">The path from there, without a zero byte.</param>
    /// <param name="owner">Who owns directories that are made; <see langword="null"/> to make none.</param>
    /// <param name="directory">The directory, owned by the caller.</param>
    /// <returns>ENOENT: missing. ENOTDIR: a file is in the way. ELOOP: too many links.</returns>
    public static Errno TryOpen(FdHandle root, ReadOnlySpan<byte> path, (uint Uid, uint Gid)? owner, out FdHandle? directory)
    {
        ArgumentNullException.ThrowIfNull(root);
        ExtractOptions options = owner is not var (uid, gid) ? new() : new() { UidMap = [new(0, uid, 1)], GidMap = [new(0, gid, 1)] };
        return new PathWalker(root.Fd, options).TryOpen(path, create: owner is not null, out directory);
    }
}
