using System.Buffers;
using System.IO.Pipelines;

namespace Keelson.Hosting.Tls;

/// <summary>A connection as a stream.</summary>
internal sealed class DuplexStream(IDuplexPipe pipe) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ReadResult read = await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            // The server stops the connection by cancelling its reads.
            if (read.IsCanceled) throw new OperationCanceledException("the connection is stopped");
            ReadOnlySequence<byte> some = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length));
            some.CopyTo(buffer.Span);
            int count = (int)some.Length;
            pipe.Input.AdvanceTo(some.End);
            // Of nothing that was asked for, nothing is the end only when it is one.
            if (count > 0 || read.IsCompleted || buffer.IsEmpty) return count;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await pipe.Output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
