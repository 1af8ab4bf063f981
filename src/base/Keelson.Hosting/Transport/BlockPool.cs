using System.Buffers;
using System.Runtime.InteropServices;

namespace Keelson.Hosting.Transport;

/// <summary>Memory of connections in blocks of two sizes: small ones for heads of requests and answers, large ones for bodies, so that a body needs few system calls.</summary>
/// <remarks>A block that was used last is used next: it is still in the processor's cache. More than a few that nobody uses are left to the garbage collector.</remarks>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>Most of what is asked for fits into it.</summary>
    public const int SmallBytes = 4 << 10;

    /// <summary>What one receive brings at most.</summary>
    public const int LargeBytes = 128 << 10;

    private readonly Shelf small = new(SmallBytes, 256), large = new(LargeBytes, 16);

    /// <inheritdoc/>
    public override int MaxBufferSize => LargeBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, LargeBytes);
        return (minBufferSize <= SmallBytes ? small : large).Take();
    }

    /// <summary>Lets go of the blocks that nobody uses.</summary>
    public void Trim()
    {
        small.Clear();
        large.Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Trim();
    }

    /// <summary>Free blocks of one size.</summary>
    private sealed class Shelf(int bytes, int most)
    {
        private readonly Lock gate = new();
        private readonly Stack<Block> free = new();

        public Block Take()
        {
            lock (gate)
            {
                if (free.TryPop(out Block? block)) return block;
            }
            return new(this, bytes);
        }

        public void Put(Block block)
        {
            lock (gate)
            {
                if (free.Count < most) free.Push(block);
            }
        }

        public void Clear()
        {
            lock (gate) free.Clear();
        }
    }

    /// <summary>A block, where it stays: the kernel writes into it without its being pinned each time.</summary>
    private sealed class Block(Shelf shelf, int bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(bytes, pinned: true), 0, bytes);

        public void Dispose() => shelf.Put(this);
    }
}
