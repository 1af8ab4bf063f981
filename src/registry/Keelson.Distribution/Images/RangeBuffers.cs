using System.Collections.Concurrent;

namespace Keelson.Distribution;

/// <summary>A fixed number of buffers for ranges on their way, which pullers may share. They are made when they are first needed and used again.</summary>
public sealed class RangeBuffers
{
    internal const int Count = 8, BufferBytes = 4 << 20;

    private readonly ConcurrentBag<byte[]> idle = [];
    private int free = Count;

    /// <summary>A buffer, or <see langword="null"/> when all are in use.</summary>
    internal byte[]? TryRent()
    {
        if (Interlocked.Decrement(ref free) < 0)
        {
            Interlocked.Increment(ref free);
            return null;
        }
        return idle.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(BufferBytes);
    }

    /// <summary>Lets the memory of those go that nobody uses.</summary>
    public void Trim() => idle.Clear();

    internal void Return(byte[] buffer)
    {
        idle.Add(buffer);
        Interlocked.Increment(ref free);
    }
}
