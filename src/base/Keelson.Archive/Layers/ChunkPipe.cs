using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Keelson.Archive;

/// <summary>Passes buffers from one thread to another. There are so many and no more: who is faster waits.</summary>
internal sealed class ChunkPipe : IDisposable
{
    /// <summary>A buffer. Large enough that passing it costs nothing, small enough to stay in the processor's cache from one thread to the other.</summary>
    public const int ChunkBytes = 256 << 10;

    /// <summary>Buffers on the way: 2 MiB, enough to even out a large file between many small ones.</summary>
    private const int Chunks = 8;

    private readonly SemaphoreSlim free = new(Chunks), sent = new(0);
    private readonly ConcurrentQueue<byte[]> idle = new();
    private readonly ConcurrentQueue<(byte[] Chunk, int Count)> full = new();
    private Exception? fault;

    /// <summary>A buffer to fill. Waits for one.</summary>
    public byte[] Rent(CancellationToken cancellationToken)
    {
        free.Wait(cancellationToken);
        return idle.TryDequeue(out byte[]? chunk) ? chunk : new byte[ChunkBytes];
    }

    /// <inheritdoc cref="Rent"/>
    public async ValueTask<byte[]> RentAsync(CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken).ConfigureAwait(false);
        return idle.TryDequeue(out byte[]? chunk) ? chunk : new byte[ChunkBytes];
    }

    /// <summary>Passes a filled buffer on.</summary>
    public void Send(byte[] chunk, int count)
    {
        full.Enqueue((chunk, count));
        sent.Release();
    }

    /// <summary>Nothing more comes; with a fault, the other side gets it instead of the end.</summary>
    public void Complete(Exception? fault)
    {
        this.fault = fault;
        sent.Release();
    }

    /// <summary>The next filled buffer. Waits for one.</summary>
    /// <returns>Whether there is one; nothing more comes otherwise.</returns>
    public bool TryTake([NotNullWhen(true)] out byte[]? chunk, out int count, CancellationToken cancellationToken)
    {
        sent.Wait(cancellationToken);
        if (full.TryDequeue(out (byte[] Chunk, int Count) item))
        {
            (chunk, count) = item;
            return true;
        }
        // Whoever asks again gets the same answer.
        sent.Release();
        if (fault is not null) ExceptionDispatchInfo.Throw(fault);
        (chunk, count) = (null, 0);
        return false;
    }

    /// <summary>Gives an emptied buffer back.</summary>
    public void Return(byte[] chunk)
    {
        idle.Enqueue(chunk);
        free.Release();
    }

    public void Dispose()
    {
        free.Dispose();
        sent.Dispose();
    }
}
