using System.Buffers;
using System.Net;

namespace Keelson.Distribution;

/// <summary>A piece of a stream as the body of a request.</summary>
/// <param name="source">The stream, at the piece's first byte; it stays open.</param>
/// <param name="bytes">Bytes of the piece.</param>
/// <param name="sent">Hears how many bytes have gone.</param>
internal sealed class UploadContent(Stream source, long bytes, Action<int>? sent) : HttpContent
{
    private const int BufferBytes = 128 << 10;

    /// <summary>Is told of every step, so that a request that moves is not taken for one that stalls.</summary>
    public StallGuard? Guard { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long left = bytes; left > 0;)
            {
                int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferBytes, left)), cancellationToken).ConfigureAwait(false);
                if (read == 0) throw new KeelsonException(ErrorKind.DataLoss, $"read the content to push: it ends {left} bytes early");
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                left -= read;
                Guard?.Touch();
                sent?.Invoke(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes;
        return true;
    }
}
