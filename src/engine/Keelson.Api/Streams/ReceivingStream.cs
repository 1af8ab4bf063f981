using Containerd.Types.Transfer;

namespace Keelson.Api.Streams;

/// <summary>Bytes that a client sends. It may have 64 KiB under way at a time.</summary>
internal sealed class ReceivingStream(NamedStream stream) : ReadOnlyStream
{
    private const int WindowBytes = 64 << 10;

    private ReadOnlyMemory<byte> rest;
    private int window;
    private bool isAtEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (rest.IsEmpty && !isAtEnd && !buffer.IsEmpty)
        {
            if (window < WindowBytes)
            {
                await stream.SendAsync(AnyMessages.Write(new WindowUpdate { Update = WindowBytes }), cancellationToken).ConfigureAwait(false);
                window += WindowBytes;
            }
            if (await stream.ReceiveAsync(cancellationToken).ConfigureAwait(false) is not { } message) isAtEnd = true;
            else if (AnyMessages.TryRead(message, Data.Parser, out Data? data))
            {
                window -= data.Data_.Length;
                rest = data.Data_.Memory;
            }
            else throw new KeelsonException(ErrorKind.InvalidArgument, $"receive bytes: a message of type {message.TypeUrl} came");
        }
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        rest = rest[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Close();
        base.Dispose(disposing);
    }
}
