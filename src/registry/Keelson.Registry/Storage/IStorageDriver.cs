namespace Keelson.Registry.Storage;

/// <summary>Where the bytes of a registry lie: files with paths of words and slashes, such as <c>docker/registry/v2/blobs/…/data</c>. It knows nothing of images.</summary>
/// <remarks>
/// Folders come and go with the files in them. What a call has written when it returns outlives the process, and the machine where the store can promise it.
/// Calls may come from many threads; two that change one path are the caller's to put in order.
/// </remarks>
public interface IStorageDriver : IAsyncDisposable
{
    /// <summary>What it is, for logs and metrics: <c>filesystem</c>.</summary>
    string Name { get; }

    /// <summary>What is at a path.</summary>
    /// <returns><see langword="null"/>: nothing.</returns>
    ValueTask<StorageStatus?> FindAsync(string path, CancellationToken cancel = default);

    /// <summary>Reads a small file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="limitBytes">A longer one is an error.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns><see langword="null"/>: it is not there.</returns>
    /// <exception cref="KeelsonException">DataLoss: it is longer.</exception>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int limitBytes, CancellationToken cancel = default);

    /// <summary>Opens a file to read; it stays readable when it is removed meanwhile.</summary>
    /// <returns><see langword="null"/>: it is not there.</returns>
    ValueTask<IStorageReader?> OpenAsync(string path, CancellationToken cancel = default);

    /// <summary>Writes a small file, whole or not at all, and replaces what is there.</summary>
    ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default);

    /// <summary>Writes a small file that is not there yet and that a crash of the machine may take back, which is cheaper.</summary>
    async ValueTask NoteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        await using IStorageWriter file = await AppendAsync(path, cancel).ConfigureAwait(false);
        await file.WriteAsync(content, cancel).ConfigureAwait(false);
        await file.FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Opens a file to append to it; it is there when the first bytes are, or when it was synced. One writer at a time.</summary>
    ValueTask<IStorageWriter> AppendAsync(string path, CancellationToken cancel = default);

    /// <summary>Names of the files and folders in a folder, in no order; none when it is not there.</summary>
    ValueTask<IReadOnlyList<string>> ListAsync(string path, CancellationToken cancel = default);

    /// <summary>Moves a file that nobody writes, and replaces what is there. At no moment is part of it at the new path.</summary>
    /// <exception cref="KeelsonException">NotFound: it is not there.</exception>
    ValueTask MoveAsync(string from, string to, CancellationToken cancel = default);

    /// <summary>The same, of a file that a writer has left in a certain state.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="version">What the writer said (<see cref="IStorageWriter.Version"/>).</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">NotFound: it is not there. Unavailable: another writer has been at it, where the store can have two.</exception>
    ValueTask MoveAsync(string from, string to, string? version, CancellationToken cancel = default) => MoveAsync(from, to, cancel);

    /// <summary>Says that a file has been of use just now: <see cref="StorageStatus.Modified"/> becomes the present.</summary>
    /// <returns>Whether it is there.</returns>
    ValueTask<bool> TouchAsync(string path, CancellationToken cancel = default);

    /// <summary>Removes a file, or a folder with all that is in it.</summary>
    /// <returns>Whether it was there.</returns>
    ValueTask<bool> RemoveAsync(string path, CancellationToken cancel = default);
}
