using System.Collections.Concurrent;

namespace Keelson.Distribution;

/// <summary>A fixed number of buffers for ranges on their way. They are made when they are first needed and used again.</summary>
internal sealed class RangeBuffers
{
    public const int Count = 8, BufferBytes = 4 << 20;

    private readonly ConcurrentBag<byte[]> idle = [];
    private int free = Count;

    /// <summary>A buffer, or <see langword="null"/> when all are in use.</summary>
    public byte[]? TryRent()
    {
        if (Interlocked.Decrement(ref free) < 0)
        {
            Interlocked.Increment(ref free);
            return null;
        }
        return idle.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(BufferBytes);
    }

    public void Return(byte[] buffer)
    {
        idle.Add(buffer);
        Interlocked.Increment(ref free);
    }
}
