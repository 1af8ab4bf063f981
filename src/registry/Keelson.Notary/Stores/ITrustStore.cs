namespace Keelson.Notary.Stores;

/// <summary>Keeps the signed metadata of collections. Safe for use by many callers, and by many processes where the store says so.</summary>
/// <remarks>
/// A collection is known by its GUN, such as <c>docker.io/library/alpine</c>. Files are never changed: an update adds versions, and the current file of a role is the one
/// with the greatest version.
/// </remarks>
public interface ITrustStore : IAsyncDisposable
{
    /// <summary>Its name, for messages: <c>memory</c>, <c>sqlite3</c>, <c>postgres</c>, <c>mysql</c>.</summary>
    string Name { get; }

    /// <summary>Whether other processes may write to it at the same time, so that what is current has to be asked for again.</summary>
    bool IsShared => false;

    /// <summary>The current file of a role; <see langword="null"/> when there is none.</summary>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    ValueTask<TrustFile?> FindAsync(string gun, string role, CancellationToken cancel = default);

    /// <summary>The file of a role with this SHA-256, in lower-case hexadecimal digits; <see langword="null"/> when there is none.</summary>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    ValueTask<TrustFile?> FindByHashAsync(string gun, string role, string sha256, CancellationToken cancel = default);

    /// <summary>The file of a role with this version; <see langword="null"/> when there is none.</summary>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    ValueTask<TrustFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel = default);

    /// <summary>Takes all files or none, and writes a line to the feed of changes when a timestamp is among them.</summary>
    /// <remarks>What <paramref name="cancel"/> ends was not begun; an update that has begun is waited for.</remarks>
    /// <exception cref="KeelsonException">AlreadyExists: a file is not newer than the current one of its role; nothing was taken. InvalidArgument: a version or a name is beyond what the store can keep. Unavailable: the store cannot be asked, or it is not known what became of the update.</exception>
    Task UpdateAsync(string gun, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default);

    /// <summary>Takes all files or none as <see cref="UpdateAsync"/> does, provided that the collection is still what they were made for.</summary>
    /// <param name="gun">The collection.</param>
    /// <param name="timestampSha256">SHA-256 of its current timestamp, which changes with every publication; empty: it has none.</param>
    /// <param name="files">The files.</param>
    /// <param name="cancel">What it ends was not begun.</param>
    /// <returns>Whether they were taken; otherwise the collection has another timestamp.</returns>
    /// <exception cref="KeelsonException">As <see cref="UpdateAsync"/>.</exception>
    Task<bool> UpdateAfterAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default);

    /// <summary>Removes a collection with all versions, and writes a line to the feed of changes when there was one.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    Task<bool> DeleteAsync(string gun, CancellationToken cancel = default);

    /// <summary>Lines of the feed of changes, the oldest first, whichever way was asked: notary-server answers so.</summary>
    /// <param name="gun">Of this collection alone; <see langword="null"/>: of all.</param>
    /// <param name="changeId">Lines after this number, or before it with a negative <paramref name="records"/>; 0 is the beginning. 0 with negative <paramref name="records"/>, and any negative number: from the end backwards.</param>
    /// <param name="records">How many lines at most; negative: the newest ones before it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    Task<IReadOnlyList<TrustChange>> ChangesAsync(string? gun, long changeId, int records, CancellationToken cancel = default);

    /// <summary>Names of collections in ordinal order, in pages.</summary>
    /// <param name="after">Those after this one; empty for the first.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">Unavailable: the store cannot be asked.</exception>
    Task<IReadOnlyList<string>> ListAsync(string after, int count, CancellationToken cancel = default);

    /// <summary>Makes sure that it can be asked.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot.</exception>
    Task CheckAsync(CancellationToken cancel = default);
}
