using Containerd.Types.Transfer;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Keelson.Api.Streams;

/// <summary>Bytes to a client, as many as it says that it takes.</summary>
internal sealed class SendingStream(NamedStream stream) : Stream
{
    /// <summary>Bytes of one message; as containerd.</summary>
    private const int PieceBytes = 32 << 10;

    private long window;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            while (window <= 0)
            {
                Any message = await stream.ReceiveAsync(cancellationToken).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.Unavailable, "send bytes: the receiver has gone");
                if (AnyMessages.TryRead(message, WindowUpdate.Parser, out WindowUpdate? update)) window += update.Update;
            }
            int count = (int)Math.Min(Math.Min(buffer.Length, PieceBytes), window);
            await stream.SendAsync(AnyMessages.Write(new Data { Data_ = ByteString.CopyFrom(buffer.Span[..count]) }), cancellationToken).ConfigureAwait(false);
            window -= count;
            buffer = buffer[count..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write it asynchronously");

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Close();
        base.Dispose(disposing);
    }
}
