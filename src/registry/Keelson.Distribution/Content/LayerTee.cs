using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>A consumer at work on a layer that is still coming.</summary>
internal sealed class LayerTee
{
    private LayerTee(FollowingStream stream) => Stream = stream;

    public FollowingStream Stream { get; }

    /// <summary>Ends when the consumer has.</summary>
    public Task Consuming { get; private set; } = Task.CompletedTask;

    public static LayerTee Start(ILayerConsumer consumer, Descriptor layer, int index, SharedWriter writer, CancellationToken cancellation)
    {
        LayerTee tee = new(new FollowingStream(writer.Writer));
        writer.Retain();
        tee.Consuming = tee.RunAsync(consumer, layer, index, writer, cancellation);
        return tee;
    }

    private async Task RunAsync(ILayerConsumer consumer, Descriptor layer, int index, SharedWriter writer, CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            await consumer.ConsumeAsync(layer, index, Stream, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await writer.ReleaseAsync().ConfigureAwait(false);
        }
    }
}
