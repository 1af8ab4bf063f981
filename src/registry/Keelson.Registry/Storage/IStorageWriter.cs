using System.Globalization;

namespace Keelson.Registry.Storage;

/// <summary>A file that is appended to. What was flushed is there when the process ends at any time; disposing closes the file and does not take anything back.</summary>
public interface IStorageWriter : IAsyncDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>So many of them can be read by others already.</summary>
    long ReadableLength => Length;

    /// <summary>A text that says which bytes are there, once all are flushed: another writer that has the same text has the same bytes. The length is enough where none but this process writes.</summary>
    string Version => Length.ToString(CultureInfo.InvariantCulture);

    /// <summary>Appends.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel = default);

    /// <summary>Waits until all of it outlives the process. Some stores have no more to do than what they did when it was written.</summary>
    ValueTask FlushAsync(CancellationToken cancel = default) => ValueTask.CompletedTask;

    /// <summary>Waits until all of it outlives the machine.</summary>
    ValueTask SyncAsync(CancellationToken cancel = default);
}
