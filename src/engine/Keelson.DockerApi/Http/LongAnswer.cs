using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Http;

/// <summary>The body of an answer that may be long: a short one goes in one piece with its length, as Go's server does it; of a long one the client reads the beginning while the rest is made.</summary>
internal sealed class LongAnswer(HttpResponse response, CancellationToken cancel) : IBufferWriter<byte>, IDisposable
{
    /// <summary>What is sent at once: large enough that sending costs little, small enough that the client is never idle for long.</summary>
    private const int PieceBytes = 32 << 10;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * PieceBytes);
    private int length;

    /// <inheritdoc/>
    public void Advance(int count) => length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return buffer.AsMemory(length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return buffer.AsSpan(length);
    }

    /// <summary>Sends what was written when it is a piece or more.</summary>
    public ValueTask SendPiecesAsync() => length < PieceBytes ? ValueTask.CompletedTask : SendAsync();

    /// <summary>Sends the rest.</summary>
    public ValueTask EndAsync()
    {
        if (!response.HasStarted) response.ContentLength = length;
        return SendAsync();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async ValueTask SendAsync()
    {
        await response.Body.WriteAsync(buffer.AsMemory(0, length), cancel).ConfigureAwait(false);
        length = 0;
    }

    private void Reserve(int count)
    {
        if (buffer.Length - length >= Math.Max(count, 1)) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length + count));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
