using System.Buffers;

namespace Keelson.Tuf;

/// <summary>Reads a hostile stream: at most so many bytes, at least so fast.</summary>
internal sealed class TufTransfer(TufLimits limits, TimeProvider time)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Reads a whole file.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(Stream source, string name, long limitBytes, CancellationToken cancellation)
    {
        using MemoryStream content = new();
        await CopyAsync(source, name, limitBytes, async (bytes, token) => await content.WriteAsync(bytes, token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return content.ToArray();
    }

    /// <summary>Passes a stream on.</summary>
    /// <exception cref="TufException"><see cref="TufFault.TooLarge"/>, <see cref="TufFault.TooSlow"/>, <see cref="TufFault.Unavailable"/>.</exception>
    public async Task<long> CopyAsync(Stream source, string name, long limitBytes, Func<ReadOnlyMemory<byte>, CancellationToken, Task> write, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        using CancellationTokenSource stall = new(limits.RateGrace, time);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stall);
        long begin = time.GetTimestamp(), total = 0;
        try
        {
            while (true)
            {
                stall.CancelAfter(limits.RateGrace);
                int count = await source.ReadAsync(buffer.AsMemory(), stall.Token).ConfigureAwait(false);
                if (count == 0) return total;
                total += count;
                if (total > limitBytes) throw new TufException(TufFault.TooLarge, $"get {name}: more than {limitBytes} bytes");
                TimeSpan elapsed = time.GetElapsedTime(begin);
                if (elapsed > limits.RateGrace && total < elapsed.TotalSeconds * limits.MinimumBytesPerSecond)
                    throw new TufException(TufFault.TooSlow, $"get {name}: {total} bytes in {elapsed.TotalSeconds:F0} s");
                await write(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TufException(TufFault.TooSlow, $"get {name}: nothing came for {limits.RateGrace.TotalSeconds:F0} s", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new TufException(TufFault.Unavailable, $"get {name}", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
