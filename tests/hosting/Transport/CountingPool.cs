using System.Buffers;

namespace Keelson.Hosting.Tests.Transport;

/// <summary>Memory of connections, counted.</summary>
internal sealed class CountingPool(MemoryPool<byte> inner) : MemoryPool<byte>
{
    private long taken, peak;

    /// <summary>Bytes that are in use.</summary>
    public long Taken => Interlocked.Read(ref taken);

    /// <summary>Most that were.</summary>
    public long Peak => Interlocked.Read(ref peak);

    public override int MaxBufferSize => inner.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Owner owner = new(this, inner.Rent(minBufferSize));
        long now = Interlocked.Add(ref taken, owner.Memory.Length);
        for (long most = Peak; now > most && Interlocked.CompareExchange(ref peak, now, most) != most; most = Peak) { }
        return owner;
    }

    protected override void Dispose(bool disposing) => inner.Dispose();

    private sealed class Owner(CountingPool pool, IMemoryOwner<byte> inner) : IMemoryOwner<byte>
    {
        private int isReturned;

        public Memory<byte> Memory => inner.Memory;

        public void Dispose()
        {
            Assert.Equal(0, Interlocked.Exchange(ref isReturned, 1));
            Interlocked.Add(ref pool.taken, -inner.Memory.Length);
            inner.Dispose();
        }
    }
}
