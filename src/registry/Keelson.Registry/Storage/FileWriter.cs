using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Registry.Storage;

/// <summary>Appends to a file of this machine.</summary>
internal sealed class FileWriter(Disk disk, FdHandle file, string path, long length) : IStorageWriter
{
    /// <summary>So many bytes are handed to the disk while others still come, so that the sync at the end is short.</summary>
    private const long WriteBehindBytes = 8 << 20;

    private long handedOver = length;

    public long Length { get; private set; } = length;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        disk.Write(file, path, content.Span);
        Length += content.Length;
        if (Length - handedOver >= WriteBehindBytes)
        {
            // A hint; what it could not do the sync does.
            _ = Durability.TryBeginWriting(file.Fd, handedOver, Length - handedOver);
            handedOver = Length;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask SyncAsync(CancellationToken cancel = default)
    {
        disk.Sync(file, path);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        file.Dispose();
        return ValueTask.CompletedTask;
    }
}
