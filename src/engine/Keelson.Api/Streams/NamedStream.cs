using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Keelson.Api.Streams;

/// <summary>A stream that a client opened for other calls to use. One of them reads it and one writes to it.</summary>
internal sealed class NamedStream(IAsyncStreamReader<Any> reader, IServerStreamWriter<Any> writer) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the server is done with it.</summary>
    public Task Closed => closed.Task;

    /// <summary>The next message; <see langword="null"/> when the client sends no more.</summary>
    public async Task<Any?> ReceiveAsync(CancellationToken cancel) => await reader.MoveNext(cancel).ConfigureAwait(false) ? reader.Current : null;

    /// <summary>Sends a message.</summary>
    public async Task SendAsync(Any message, CancellationToken cancel)
    {
        await sending.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (!closed.Task.IsCompleted) await writer.WriteAsync(message, cancel).ConfigureAwait(false);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Ends the stream for the client.</summary>
    public void Close() => closed.TrySetResult();

    public void Dispose() => sending.Dispose();
}
