using Keelson.Linux;

namespace Keelson.Registry.Storage;

/// <summary>A file that is read.</summary>
public interface IStorageReader : IAsyncDisposable
{
    /// <summary>Its length in bytes when it was opened.</summary>
    long Length { get; }

    /// <summary>The file itself where it is one of this machine; the reader's.</summary>
    FdHandle? File { get; }

    /// <summary>Reads some bytes. Reading on where the last call ended is cheap, anywhere else may not be.</summary>
    /// <param name="offset">The first one.</param>
    /// <param name="buffer">Gets them.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How many; 0 at the end.</returns>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel = default);
}
