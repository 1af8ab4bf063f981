namespace Keelson.Registry.Storage;

/// <summary>A file that is appended to. What was written is there when the process ends at any time; disposing closes the file and does not take anything back.</summary>
public interface IStorageWriter : IAsyncDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Appends.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel = default);

    /// <summary>Waits until all of it outlives the machine.</summary>
    ValueTask SyncAsync(CancellationToken cancel = default);
}
