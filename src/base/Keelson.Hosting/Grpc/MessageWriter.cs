using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>Writes the messages of a response.</summary>
internal sealed class MessageWriter<T>(GrpcCall call, Marshaller<T> marshaller, GrpcServerOptions options) : IServerStreamWriter<T> where T : class
{
    private readonly PipeWriter body = call.Http.Response.BodyWriter;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, call.CancellationToken);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        marshaller.ContextualSerializer(message, new Payload(this));
        call.Counters?.Send();
        FlushResult result = await body.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (result.IsCanceled || call.Http.RequestAborted.IsCancellationRequested) throw new OperationCanceledException($"{call.Method}: the caller went away");
    }

    private void Begin(int length)
    {
        if (length > options.SendLimitBytes)
            throw new RpcException(new(StatusCode.ResourceExhausted, $"{call.Method}: trying to send message larger than max ({length} vs. {options.SendLimitBytes})"));
        Span<byte> header = body.GetSpan(5);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        body.Advance(5);
    }

    private sealed class Payload(MessageWriter<T> writer) : SerializationContext
    {
        public override void SetPayloadLength(int payloadLength) => writer.Begin(payloadLength);

        public override IBufferWriter<byte> GetBufferWriter() => writer.body;

        public override void Complete()
        {
        }

        public override void Complete(byte[] payload)
        {
            writer.Begin(payload.Length);
            writer.body.Write(payload);
        }
    }
}
