using System.Text;
using System.Threading.Channels;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>A process that writes back what it reads and ends with its input, unless a test writes and ends it.</summary>
internal sealed class FakeStreams(bool isTerminal, AttachOptions options) : IAttachedStreams
{
    private readonly Channel<StreamChunk> output = Channel.CreateUnbounded<StreamChunk>();
    private readonly TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsTerminal => isTerminal;

    public AttachOptions Options => options;

    public StringBuilder Input { get; } = new();

    public Task Disposed => disposed.Task;

    public void Write(string text, StandardStream stream = StandardStream.Output) => output.Writer.TryWrite(new(stream, Encoding.UTF8.GetBytes(text)));

    public void End() => output.Writer.TryComplete();

    public async ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel = default) => await output.Reader.WaitToReadAsync(cancel) && output.Reader.TryRead(out StreamChunk chunk) ? chunk : null;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel = default)
    {
        Input.Append(Encoding.UTF8.GetString(bytes.Span));
        output.Writer.TryWrite(new(StandardStream.Output, bytes.ToArray()));
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseInputAsync(CancellationToken cancel = default)
    {
        Write("bye\n", StandardStream.Error);
        End();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
