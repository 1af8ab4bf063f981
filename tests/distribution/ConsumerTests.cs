using System.Security.Cryptography;
using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>Layers that are unpacked while they come.</summary>
public sealed class ConsumerTests
{
    private readonly TestImage image = TestImage.Make(3_000_000, 200_000, 100_000);
    private readonly OciLayout layout = Clients.NewLayout();

    [Fact]
    public async Task A_consumer_reads_a_layer_before_the_rest_has_been_sent()
    {
        await using ImageServer server = new(image);
        TaskCompletionSource hasRead = new();
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request)) return false;
            await peer.HeadAsync(200, ("Content-Length", image.Layers[0].Length.ToString()));
            await peer.BodyAsync(image.Layers[0].AsMemory(0, 1_000_000));
            await hasRead.Task;
            await peer.BodyAsync(image.Layers[0].AsMemory(1_000_000));
            return true;
        };
        Consumer consumer = new((layer, total) =>
        {
            if (layer == 0 && total >= 1_000_000) hasRead.TrySetResult();
            return Task.CompletedTask;
        });
        await PullAsync(server, consumer);
        Assert.Equal([0, 1, 2], consumer.Digests.Keys.Order());
        Assert.All(consumer.Digests, pair => Assert.Equal(image.LayerDigest(pair.Key), pair.Value));
    }

    [Fact]
    public async Task Consumers_that_wait_for_the_layer_below_do_not_hold_up_downloads()
    {
        await using ImageServer server = new(image);
        TaskCompletionSource[] done = [new(), new(), new()];
        // The lowest waits until the highest has been downloaded, the others for the one below.
        Consumer consumer = new(async (layer, total) =>
        {
            if (layer > 0) await done[layer - 1].Task;
            else Condition.Await("the highest layer", () => File.Exists($"{layout.Root}/blobs/sha256/{image.LayerDigest(2).Hex}"));
            if (total == image.Layers[layer].Length) done[layer].TrySetResult();
        });
        await PullAsync(server, consumer, parallelism: 1);
        Assert.Equal(3, consumer.Digests.Count);
    }

    [Fact]
    public async Task Layers_that_are_there_are_consumed_from_the_store()
    {
        await using ImageServer server = new(image);
        await PullAsync(server, null);
        Consumer consumer = new((_, _) => Task.CompletedTask);
        await PullAsync(server, consumer);
        Assert.All(consumer.Digests, pair => Assert.Equal(image.LayerDigest(pair.Key), pair.Value));
        Assert.Equal(3, server.Requests.Count(r => r.Method == "GET" && Enumerable.Range(0, 3).Any(i => server.IsLayer(r, i))));
    }

    [Fact]
    public async Task The_end_of_a_layer_that_is_wrong_is_never_reached()
    {
        await using ImageServer server = new(image);
        server.Fault = async (request, peer, _) =>
        {
            if (server.IsLayer(request)) await peer.AnswerAsync(200, new byte[image.Layers[0].Length]);
            return server.IsLayer(request);
        };
        Consumer consumer = new((_, _) => Task.CompletedTask);
        Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => PullAsync(server, consumer))).Kind);
        Assert.DoesNotContain(0, consumer.Digests.Keys);
    }

    [Fact]
    public async Task An_error_of_the_consumer_ends_the_pull_and_is_told()
    {
        await using ImageServer server = new(image);
        Consumer consumer = new((layer, _) => layer == 1 ? throw new KeelsonException(ErrorKind.FailedPrecondition, "unpack: the disk is full") : Task.CompletedTask);
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => PullAsync(server, consumer));
        Assert.Contains("the disk is full", e.FullMessage, StringComparison.Ordinal);
    }

    private async Task PullAsync(ImageServer server, Consumer? consumer, int parallelism = 3)
    {
        using RegistryClient client = new(Clients.Impatient);
        using ImagePuller puller = new(client, layout, new PullOptions { Platform = TestImage.Any, Consumer = consumer, Parallelism = parallelism });
        await puller.PullAsync(server.Reference);
    }

    private sealed class Consumer(Func<int, long, Task> step) : ILayerConsumer
    {
        public System.Collections.Concurrent.ConcurrentDictionary<int, Digest> Digests { get; } = new();

        public async Task ConsumeAsync(Descriptor layer, int index, Stream content, CancellationToken cancellation)
        {
            using IncrementalHash hash = layer.Digest.CreateHash();
            byte[] buffer = new byte[65536];
            long total = 0;
            for (int read; (read = await content.ReadAsync(buffer, cancellation)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                await step(index, total += read);
            }
            Digests[index] = Digest.FromHash(hash.GetHashAndReset());
        }
    }
}
