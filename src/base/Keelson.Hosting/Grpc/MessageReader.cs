using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>Reads the messages of a request.</summary>
internal sealed class MessageReader<T>(GrpcCall call, Marshaller<T> marshaller, GrpcServerOptions options) : IAsyncStreamReader<T> where T : class
{
    private const int HeaderBytes = 5;
    private readonly PipeReader body = call.Http.Request.BodyReader;
    private T? current;

    public T Current => current ?? throw new InvalidOperationException("no message has been read");

    /// <summary>The message of a request that has one.</summary>
    /// <exception cref="RpcException">Internal: it has none, or more.</exception>
    public async Task<T> ReadOnlyOneAsync()
    {
        if (!await MoveNext(call.CancellationToken).ConfigureAwait(false)) throw new RpcException(new(StatusCode.Internal, $"{call.Method}: the request has no message"));
        T only = Current;
        return await MoveNext(call.CancellationToken).ConfigureAwait(false) ? throw new RpcException(new(StatusCode.Internal, $"{call.Method}: the request has more than one message")) : only;
    }

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await body.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (TryTake(buffer, out SequencePosition end))
            {
                body.AdvanceTo(end);
                return true;
            }
            if (result.IsCompleted)
            {
                body.AdvanceTo(buffer.End);
                return buffer.IsEmpty ? false : throw new RpcException(new(StatusCode.Internal, $"{call.Method}: the request ends within a message"));
            }
            body.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private bool TryTake(ReadOnlySequence<byte> buffer, out SequencePosition end)
    {
        end = default;
        if (buffer.Length < HeaderBytes) return false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] != 0) throw new RpcException(new(StatusCode.Unimplemented, $"{call.Method}: the message is compressed, and this server takes none that is"));
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > options.ReceiveLimitBytes)
            throw new RpcException(new(StatusCode.ResourceExhausted, $"{call.Method}: received message larger than max ({length} vs. {options.ReceiveLimitBytes})"));
        if (buffer.Length - HeaderBytes < length) return false;
        ReadOnlySequence<byte> payload = buffer.Slice(HeaderBytes, length);
        end = payload.End;
        current = Parse(payload);
        call.Counters?.Receive();
        return true;
    }

    private T Parse(ReadOnlySequence<byte> payload)
    {
        try
        {
            return marshaller.ContextualDeserializer(new Payload(payload));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or RpcException))
        {
            throw new RpcException(new(StatusCode.Internal, $"{call.Method}: the message is damaged: {e.Message}"));
        }
    }

    private sealed class Payload(ReadOnlySequence<byte> bytes) : DeserializationContext
    {
        public override int PayloadLength => (int)bytes.Length;

        public override byte[] PayloadAsNewBuffer() => bytes.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => bytes;
    }
}
