using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Registry.Storage;

/// <summary>Reads a file of this machine.</summary>
internal sealed class FileReader(FdHandle file, string path, long length) : IStorageReader
{
    public long Length => length;

    public FdHandle? File => file;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel = default)
    {
        Files.TryReadAt(file.Fd, offset, buffer.Span, out int count).ThrowIfError("read", path);
        return new(count);
    }

    public ValueTask DisposeAsync()
    {
        file.Dispose();
        return ValueTask.CompletedTask;
    }
}
