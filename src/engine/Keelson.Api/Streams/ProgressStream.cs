using System.Threading.Channels;
using Containerd.Types.Transfer;
using Keelson.Engine.Images;

namespace Keelson.Api.Streams;

/// <summary>Tells a client how far a transfer is. A client that does not read misses steps, and holds nothing up.</summary>
internal sealed class ProgressStream : IProgress<ImageProgress>, IAsyncDisposable
{
    private const int QueueLength = 256;

    private readonly Channel<ImageProgress> queue = Channel.CreateBounded<ImageProgress>(new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly NamedStream stream;
    private readonly string name;
    private readonly CancellationToken cancel;
    private readonly Task pump;

    /// <summary>Begins to send.</summary>
    /// <param name="stream">The client's stream, which is closed in the end.</param>
    /// <param name="name">The image, for steps that are about the whole of it.</param>
    /// <param name="cancel">The client has gone.</param>
    public ProgressStream(NamedStream stream, string name, CancellationToken cancel)
    {
        (this.stream, this.name, this.cancel) = (stream, name, cancel);
        pump = PumpAsync();
    }

    public void Report(ImageProgress value) => queue.Writer.TryWrite(value);

    public async ValueTask DisposeAsync()
    {
        queue.Writer.Complete();
        await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stream.Close();
    }

    private async Task PumpAsync()
    {
        await foreach (ImageProgress step in queue.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            await stream.SendAsync(AnyMessages.Write(new Progress { Event = Event(step), Name = step.Digest?.ToString() ?? name, Progress_ = step.Offset, Total = step.Total }), cancel).ConfigureAwait(false);
    }

    private static string Event(ImageProgress step) => step.Step switch
    {
        ImageStep.Resolving => "resolving",
        ImageStep.Waiting => "waiting",
        ImageStep.Downloading => step.Total > 0 && step.Offset == step.Total ? "complete" : "downloading",
        ImageStep.Uploading => step.Total > 0 && step.Offset == step.Total ? "complete" : "uploading",
        ImageStep.Unpacking => step.Total > 0 && step.Offset == step.Total ? "extracted" : "extracting",
        ImageStep.Exists => "already exists",
        _ => "done",
    };
}
