using System.Buffers;
using Keelson.Oci;

namespace Keelson.Distribution;

public sealed partial class ImagePuller
{
    private const int CopyBytes = 256 << 10;

    /// <summary>Bytes between two progress events of one blob: 1 MiB.</summary>
    private const long ProgressStep = 1 << 20;

    /// <summary>Brings a blob into the store unless it is there, and hands it to the consumer either way.</summary>
    private async Task FetchAsync(ImageReference reference, Descriptor blob, ILayerConsumer? consumer, int index, CancellationToken cancellation)
    {
        LayerTee? tee = null;
        try
        {
            await flights.RunAsync(blob.Digest, async stop =>
            {
                if (await content.OpenReadAsync(blob.Digest, stop).ConfigureAwait(false) is { } present)
                {
                    await present.DisposeAsync().ConfigureAwait(false);
                    Report(TransferState.Exists, blob, blob.Size);
                    return false;
                }
                await DownloadAsync(reference, blob, writer => tee = consumer is null || cancellation.IsCancellationRequested ? null
                    : LayerTee.Start(consumer, blob, index, writer, cancellation), stop).ConfigureAwait(false);
                return true;
            }, cancellation).ConfigureAwait(false);
        }
        catch when (tee is not null)
        {
            await tee.Consuming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        if (tee is not null) await tee.Consuming.ConfigureAwait(false);
        if (consumer is null || tee is not null) return;
        Stream stored = await content.OpenReadAsync(blob.Digest, cancellation).ConfigureAwait(false)
            ?? throw new KeelsonException(ErrorKind.NotFound, $"pull {reference}: {blob.Digest} has gone from the store");
        await using (stored.ConfigureAwait(false)) await consumer.ConsumeAsync(blob, index, stored, cancellation).ConfigureAwait(false);
    }

    /// <summary>Downloads and commits a blob. It never waits for a consumer, so consumers may wait for one another in any order.</summary>
    private async Task DownloadAsync(ImageReference reference, Descriptor blob, Func<SharedWriter, LayerTee?> startTee, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            SharedWriter writer = new(await content.OpenWriterAsync(BlobReference.Of(blob), cancellation).ConfigureAwait(false));
            FollowingStream? following = null;
            try
            {
                following = startTee(writer)?.Stream;
                await WriteAsync(reference, blob, writer.Writer, following, cancellation).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                following?.Fail(e);
                throw;
            }
            finally
            {
                await writer.ReleaseAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>
    /// Writes a blob to its end and commits it. What an earlier process wrote may be damaged, so a wrong digest after a resume is met by a second try from
    /// the beginning; and what one mirror sent wrongly may come right from the next host.
    /// </summary>
    private async Task WriteAsync(ImageReference reference, Descriptor blob, IBlobWriter writer, FollowingStream? following, CancellationToken cancellation)
    {
        for (int skipHosts = 0; ;)
        {
            if (writer.Offset > blob.Size) await writer.ResetAsync(cancellation).ConfigureAwait(false);
            bool isResumed = writer.Offset > 0;
            try
            {
                await TransferAsync(reference, blob, writer, following, skipHosts, cancellation).ConfigureAwait(false);
                await writer.CommitAsync(blob.Digest, blob.Size, cancellation).ConfigureAwait(false);
                following?.Complete();
                Report(TransferState.Done, blob, blob.Size);
                return;
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss
                && (isResumed || skipHosts + 1 < client.PullHosts(reference.Repository.Registry)) && following?.TryRestart() != false)
            {
                if (!isResumed) skipHosts++;
                await writer.ResetAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TransferAsync(ImageReference reference, Descriptor blob, IBlobWriter writer, FollowingStream? following, int skipHosts, CancellationToken cancellation)
    {
        Report(TransferState.Moving, blob, writer.Offset);
        following?.Advance(writer.Offset);
        if (writer.Offset == 0 && blob.VerifiedData() is { } data)
        {
            await AppendAsync(blob, writer, following, data, cancellation).ConfigureAwait(false);
            return;
        }
        bool isLarge = blob.Size - writer.Offset >= options.RangeThresholdBytes && options.RangesPerLayer > 1;
        if (isLarge && await RangesAsync(reference, blob, writer, following, skipHosts, cancellation).ConfigureAwait(false)) return;
        if (writer.Offset == blob.Size) return;
        BlobStream stream = await client.OpenBlobAsync(reference.Repository, blob, writer.Offset, null, skipHosts, cancellation).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
                await AppendAsync(blob, writer, following, buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Fetches the rest of a blob in ranges, several at a time, and writes them in order; false when the registry does not serve ranges.</summary>
    private async Task<bool> RangesAsync(ImageReference reference, Descriptor blob, IBlobWriter writer, FollowingStream? following, int skipHosts, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Queue<(byte[] Buffer, Task<int> Filling)> ranges = new();
        long next = writer.Offset;
        // The first range alone shows whether the registry serves ranges.
        int most = 1;
        try
        {
            while (writer.Offset < blob.Size)
            {
                while (ranges.Count < most && next < blob.Size && buffers.TryRent() is { } buffer)
                {
                    int length = (int)Math.Min(RangeBuffers.BufferBytes, blob.Size - next);
                    ranges.Enqueue((buffer, FillAsync(reference, blob, next, buffer.AsMemory(0, length), skipHosts, stop.Token)));
                    next += length;
                }
                // Other layers have all buffers: this one goes on over one connection.
                if (ranges.Count == 0) return false;
                int filled = await ranges.Peek().Filling.ConfigureAwait(false);
                if (filled < 0) return false;
                most = options.RangesPerLayer;
                await AppendAsync(blob, writer, following, ranges.Peek().Buffer.AsMemory(0, filled), cancellation).ConfigureAwait(false);
                buffers.Return(ranges.Dequeue().Buffer);
            }
            return true;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach ((byte[] buffer, Task<int> filling) in ranges)
            {
                await ((Task)filling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                buffers.Return(buffer);
            }
        }
    }

    /// <summary>Fills a buffer with a range; -1 when the registry does not serve ranges.</summary>
    private async Task<int> FillAsync(ImageReference reference, Descriptor blob, long offset, Memory<byte> buffer, int skipHosts, CancellationToken cancellation)
    {
        BlobStream stream = await client.OpenBlobAsync(reference.Repository, blob, offset, buffer.Length, skipHosts, cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            if (stream.ServesRanges == false) return -1;
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: true, cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask AppendAsync(Descriptor blob, IBlobWriter writer, FollowingStream? following, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        long before = writer.Offset;
        await writer.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        following?.Advance(writer.Offset);
        if (before / ProgressStep != writer.Offset / ProgressStep) Report(TransferState.Moving, blob, writer.Offset);
    }

    private void Report(TransferState state, Descriptor blob, long offset) => options.Progress?.Report(new(state, BlobReference.Of(blob), blob, offset, blob.Size));
}
