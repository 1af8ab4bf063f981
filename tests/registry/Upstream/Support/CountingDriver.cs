using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Counts the calls of a store.</summary>
internal sealed class CountingDriver(IStorageDriver inner) : IStorageDriver
{
    private int calls;

    public int Calls => Volatile.Read(ref calls);

    public string Name => inner.Name;

    public ValueTask<StorageStatus?> FindAsync(string path, CancellationToken cancel = default) => Counted().FindAsync(path, cancel);

    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int limitBytes, CancellationToken cancel = default) => Counted().ReadAsync(path, limitBytes, cancel);

    public ValueTask<IStorageReader?> OpenAsync(string path, CancellationToken cancel = default) => Counted().OpenAsync(path, cancel);

    public ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default) => Counted().WriteAsync(path, content, cancel);

    public ValueTask<IStorageWriter> AppendAsync(string path, CancellationToken cancel = default) => Counted().AppendAsync(path, cancel);

    public ValueTask<IReadOnlyList<string>> ListAsync(string path, CancellationToken cancel = default) => Counted().ListAsync(path, cancel);

    public ValueTask MoveAsync(string from, string to, CancellationToken cancel = default) => Counted().MoveAsync(from, to, cancel);

    public ValueTask<bool> TouchAsync(string path, CancellationToken cancel = default) => Counted().TouchAsync(path, cancel);

    public ValueTask<bool> RemoveAsync(string path, CancellationToken cancel = default) => Counted().RemoveAsync(path, cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private IStorageDriver Counted()
    {
        Interlocked.Increment(ref calls);
        return inner;
    }
}
