using Keelson.Linux;

namespace Keelson.Registry.Storage;

/// <summary>Files in the memory of this process: for tests, and for caches that may go with it.</summary>
public sealed class MemoryDriver(TimeProvider? time = null) : IStorageDriver
{
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly Lock gate = new();
    private readonly Folder root = new();

    /// <inheritdoc/>
    public string Name => "inmemory";

    /// <inheritdoc/>
    public ValueTask<StorageStatus?> FindAsync(string path, CancellationToken cancel = default)
    {
        lock (gate)
        {
            return new(Find(path) switch
            {
                MemoryFile file => new StorageStatus(false, file.Length, file.Modified),
                Folder => new StorageStatus(true, 0, default),
                _ => null,
            });
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int limitBytes, CancellationToken cancel = default)
    {
        lock (gate)
        {
            if (Find(path) is not MemoryFile file) return new(default(ReadOnlyMemory<byte>?));
            if (file.Length > limitBytes) throw new KeelsonException(ErrorKind.DataLoss, $"read {path}: longer than {limitBytes} bytes");
            byte[] content = new byte[file.Length];
            file.Read(0, content);
            return new((ReadOnlyMemory<byte>)content);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStorageReader?> OpenAsync(string path, CancellationToken cancel = default)
    {
        lock (gate) return new(Find(path) is MemoryFile file ? new Reader(file, gate) : null);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        MemoryFile file = new() { Modified = time.GetUtcNow() };
        file.Append(content.Span);
        lock (gate) FolderOf(path, out string name).Children[name] = file;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IStorageWriter> AppendAsync(string path, CancellationToken cancel = default)
    {
        lock (gate)
        {
            Folder folder = FolderOf(path, out string name);
            if (folder.Children.GetValueOrDefault(name) is not MemoryFile file) folder.Children[name] = file = new() { Modified = time.GetUtcNow() };
            return new(new Writer(file, gate, time));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListAsync(string path, CancellationToken cancel = default)
    {
        lock (gate) return new(Find(path) is Folder folder ? [.. folder.Children.Keys] : []);
    }

    /// <inheritdoc/>
    public ValueTask MoveAsync(string from, string to, CancellationToken cancel = default)
    {
        lock (gate)
        {
            if (Find(from) is not MemoryFile file) throw new KeelsonException(ErrorKind.NotFound, $"move {from}: it is not there");
            Remove(from);
            FolderOf(to, out string name).Children[name] = file;
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> TouchAsync(string path, CancellationToken cancel = default)
    {
        lock (gate)
        {
            if (Find(path) is not MemoryFile file) return new(false);
            file.Modified = time.GetUtcNow();
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string path, CancellationToken cancel = default)
    {
        lock (gate) return new(Remove(path));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private object? Find(string path)
    {
        object? at = root;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            if (at is not Folder folder || !folder.Children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path.AsSpan(part), out at)) return null;
        }
        return at;
    }

    private Folder FolderOf(string path, out string name)
    {
        string[] parts = path.Split('/');
        Folder folder = root;
        foreach (string part in parts.AsSpan(..^1))
        {
            if (folder.Children.GetValueOrDefault(part) is not Folder next) folder.Children[part] = next = new();
            folder = next;
        }
        name = parts[^1];
        return folder;
    }

    private bool Remove(string path)
    {
        int slash = path.LastIndexOf('/');
        return (slash < 0 ? root : Find(path[..slash])) is Folder folder && folder.Children.Remove(path[(slash + 1)..]);
    }

    private sealed class Folder
    {
        public readonly Dictionary<string, object> Children = new(StringComparer.Ordinal);
    }

    private sealed class Reader(MemoryFile file, Lock gate) : IStorageReader
    {
        public long Length { get; } = file.Length;

        public FdHandle? File => null;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancel = default)
        {
            lock (gate) return new(file.Read(offset, buffer.Span));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Writer(MemoryFile file, Lock gate, TimeProvider time) : IStorageWriter
    {
        public long Length => file.Length;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel = default)
        {
            lock (gate)
            {
                file.Append(content.Span);
                file.Modified = time.GetUtcNow();
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask SyncAsync(CancellationToken cancel = default) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
