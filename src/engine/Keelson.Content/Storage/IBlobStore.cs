using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Where the bytes of committed content are: files of the store, or another program. The metadata, and what is being written, are the store's own in either case.</summary>
/// <remarks>It knows no namespaces and no labels: those are rows. Calls may come from many threads; for one digest they come one after the other, but for <see cref="Open"/> and <see cref="TryFind"/>.</remarks>
public interface IBlobStore
{
    /// <summary>Whether looking for a blob is as cheap as looking for a file.</summary>
    bool IsLocal { get; }

    /// <summary>Whether a blob is there.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="found">What there is.</param>
    /// <exception cref="KeelsonException">Unavailable: that cannot be said now.</exception>
    bool TryFind(Digest digest, out BlobStatus found);

    /// <summary>Opens a blob to read: a file that stays good when the blob is removed.</summary>
    /// <returns><see langword="null"/>: it is not there.</returns>
    /// <exception cref="KeelsonException">Unavailable: it cannot be had now.</exception>
    FdHandle? Open(Digest digest);

    /// <summary>Takes a file over that is on the disk. When this returns the blob outlives a loss of power, and the file is gone.</summary>
    /// <exception cref="KeelsonException">Unavailable, and others: the file is where it was.</exception>
    void Adopt(string file, Digest digest);

    /// <summary>Makes a blob a file again.</summary>
    void GiveBack(Digest digest, string file);

    /// <summary>Removes a blob.</summary>
    /// <returns>Whether it was there.</returns>
    bool Remove(Digest digest);

    /// <summary>Takes a damaged blob out of the way.</summary>
    /// <returns>Where it is now; <see langword="null"/> when it is gone.</returns>
    string? Quarantine(Digest digest);

    /// <summary>All blobs that this store has put there.</summary>
    /// <exception cref="KeelsonException">Unavailable: that cannot be said now.</exception>
    HashSet<Digest> List();
}
