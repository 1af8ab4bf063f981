using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Api.Streams;
using V1 = Containerd.Services.Streaming.V1;

namespace Keelson.Api;

/// <summary>containerd's Streaming service: streams that other calls refer to.</summary>
internal sealed class StreamingService(StreamRegistry streams, CancellationToken stopping) : V1.Streaming.StreamingBase
{
    public override async Task Stream(IAsyncStreamReader<Any> requestStream, IServerStreamWriter<Any> responseStream, ServerCallContext context)
    {
        string space = context.Namespace();
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false)) return;
        if (!AnyMessages.TryRead(requestStream.Current, V1.StreamInit.Parser, out V1.StreamInit? init)) throw new KeelsonException(ErrorKind.InvalidArgument, "open stream: the first message is not its name");
        using NamedStream stream = new(requestStream, responseStream);
        streams.Add(space, init.Id, stream);
        try
        {
            using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
            // It is known from now on; the client waits for this before it names the stream.
            await stream.SendAsync(AnyMessages.Write(new Empty()), ended.Token).ConfigureAwait(false);
            await stream.Closed.WaitAsync(ended.Token).ConfigureAwait(false);
        }
        finally
        {
            stream.Close();
            streams.Remove(space, init.Id);
        }
    }
}
