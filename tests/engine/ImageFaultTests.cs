using System.Text;
using Keelson.Content;
using Keelson.Distribution.Tests;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Engine.Tests;

/// <summary>Registries that do not do what they should, through the whole service: nothing half-made is seen, and nothing stays that nobody needs.</summary>
public sealed class ImageFaultTests
{
    private static readonly ImageServiceOptions Impatient = new() { Client = Clients.Impatient with { StallTimeout = TimeSpan.FromSeconds(1), Attempts = 2 } };
    private readonly TestImage image = TestImage.Make(isGzip: true, 300_000, 40_000);

    [RootFact]
    public async Task A_registry_that_stalls_ends_the_pull_and_the_next_one_goes_on()
    {
        await using ImageServer registry = new(image) { ServesRanges = true };
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        bool stalls = true;
        registry.Fault = async (request, peer, stop) =>
        {
            if (!stalls || !registry.IsLayer(request)) return false;
            int first = (int)(request.Range?.First ?? 0);
            await peer.HeadAsync(first > 0 ? 206 : 200, [("Content-Length", (image.Layers[0].Length - first).ToString()), ("Content-Range", $"bytes {first}-{image.Layers[0].Length - 1}/{image.Layers[0].Length}")]);
            await peer.BodyAsync(image.Layers[0].AsMemory(first, 1000));
            await Task.Delay(Timeout.Infinite, stop);
            return true;
        };

        await FailsAsync(engine, registry, ErrorKind.Unavailable);
        await AssertNothingAsync(engine);
        stalls = false;

        Assert.Equal(image.Target.Digest, (await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference)).Target.Digest);
        Assert.Contains(registry.Of("GET", image.LayerDigest(0).ToString()), request => request.Range?.First > 0);
    }

    [RootFact]
    public async Task A_registry_that_sends_another_layer_is_refused_and_its_files_are_gone()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        byte[] wrong = TestImage.Make(isGzip: true, 300_000).Layers[0];
        byte[] sent = [.. wrong.Concat(new byte[image.Layers[0].Length]).Take(image.Layers[0].Length)];
        registry.Fault = async (request, peer, _) =>
        {
            if (!registry.IsLayer(request)) return false;
            await peer.AnswerAsync(200, sent);
            return true;
        };

        await FailsAsync(engine, registry, ErrorKind.DataLoss);

        await AssertNothingAsync(engine);
    }

    [RootTheory]
    [InlineData(-1000)]
    [InlineData(1000)]
    public async Task A_registry_that_lies_about_a_length_is_refused(int more)
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        registry.Fault = async (request, peer, _) =>
        {
            if (!registry.IsLayer(request)) return false;
            await peer.AnswerAsync(200, [.. image.Layers[0].Concat(new byte[1000]).Take(image.Layers[0].Length + more)]);
            return true;
        };

        await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference));

        await AssertNothingAsync(engine);
    }

    [RootFact]
    public async Task A_layer_that_unpacks_to_something_else_than_the_configuration_says_is_refused()
    {
        TestImage lying = TestImage.Make(isGzip: true, 5_000);
        byte[] config = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(lying.Config).Replace(ImageConfig.Parse(lying.Config).Rootfs!.DiffIds[0].Hex, new string('0', 64), StringComparison.Ordinal));
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        await using ImageServer registry = new(lying);
        ImageManifest manifest = ImageManifest.Parse(lying.Manifest) with { Config = new() { MediaType = MediaTypes.OciConfig, Digest = Digest.Of(config), Size = config.Length } };
        registry.Fault = (request, peer, _) => AnswerAsync(request, peer, [manifest.ToUtf8(), config]);

        await FailsAsync(engine, registry, ErrorKind.DataLoss);

        await AssertNothingAsync(engine);
    }

    [RootFact]
    public async Task A_document_that_is_index_and_manifest_is_refused()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        await using ImageServer registry = new(image);
        byte[] both = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(image.Manifest)[..^1] + ",\"manifests\":[]}");
        registry.Fault = (request, peer, _) => AnswerAsync(request, peer, [both]);

        await FailsAsync(engine, registry, ErrorKind.InvalidArgument);

        await AssertNothingAsync(engine);
    }

    [RootFact]
    public async Task Labels_of_an_image_never_become_labels_of_the_store()
    {
        byte[] config = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(image.Config).Replace("\"Cmd\"", "\"Labels\":{\"containerd.io/gc.root\":\"x\",\"Containerd.io/gc.ref.content.1\":\"y\"},\"Cmd\"", StringComparison.Ordinal));
        ImageManifest manifest = ImageManifest.Parse(image.Manifest) with
        {
            Config = new() { MediaType = MediaTypes.OciConfig, Digest = Digest.Of(config), Size = config.Length },
            Annotations = new Dictionary<string, string> { ["containerd.io/gc.root"] = "x" },
        };
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        await using ImageServer registry = new(image);
        registry.Fault = (request, peer, _) => AnswerAsync(request, peer, [manifest.ToUtf8(), config]);

        await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);

        Assert.DoesNotContain(engine.Database.Content(EngineUnderTest.Space).List().SelectMany(info => info.Labels), label => label.Key.Contains("gc.root", StringComparison.OrdinalIgnoreCase) || label.Value == "y");
        Assert.All(engine.Database.Images(EngineUnderTest.Space).List(), record => Assert.Empty(record.Labels));
        await engine.Images.RemoveAsync(EngineUnderTest.Space, registry.Reference.ToString());
        Assert.Empty(engine.Database.Content(EngineUnderTest.Space).List());
    }

    [RootFact]
    public async Task A_pull_that_is_cancelled_leaves_no_name_and_no_files_of_a_layer()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(images: Impatient);
        using CancellationTokenSource stop = new();
        registry.Fault = async (request, _, ended) =>
        {
            if (!registry.IsLayer(request, 1)) return false;
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, ended);
            return true;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference, cancel: stop.Token));

        Assert.Empty(engine.Database.Images(EngineUnderTest.Space).List());
        Assert.DoesNotContain(await engine.KeysAsync(), key => key.StartsWith("extract-", StringComparison.Ordinal));
    }

    [RootFact]
    public async Task A_full_disk_ends_the_pull_and_leaves_an_engine_that_works()
    {
        using SmallDisk disk = SmallDisk.Mount(2);
        await using ImageServer registry = new(TestImage.Make(isGzip: true, 3_000_000));
        await using ImageServer fits = new(TestImage.Make(isGzip: true, 30_000));
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(disk.Path, Impatient);

        await FullAsync(engine, registry);
        foreach (LeaseRecord lease in engine.Database.Leases(EngineUnderTest.Space).List().ToArray()) await engine.Database.Leases(EngineUnderTest.Space).DeleteAsync(lease.Id, isSynchronous: true);
        await engine.Engine.Snapshots.CleanupAsync();

        Assert.NotNull(await engine.Images.PullAsync(EngineUnderTest.Space, fits.Reference));
        Assert.Equal(1, engine.CountDirectories());
    }

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pull_that_found_the_disk_full_goes_on_when_there_is_room(bool isWhileUnpacking)
    {
        // Zeros take room once they are unpacked; what is random takes it while it comes.
        TestImage big = isWhileUnpacking ? TestImage.OfZeros(6_000_000) : TestImage.Make(isGzip: true, 2_500_000);
        using SmallDisk disk = SmallDisk.Mount(8);
        await using ImageServer registry = new(big);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync(disk.Path, Impatient);
        disk.Fill(2_000_000);

        await FullAsync(engine, registry);
        disk.Free();
        await engine.Engine.Snapshots.CleanupAsync();
        Assert.Equal(0, engine.CountDirectories());
        Assert.Equal(big.Target.Digest, (await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference)).Target.Digest);

        Assert.Equal(1, engine.CountDirectories());
        Assert.Empty(engine.Database.Leases(EngineUnderTest.Space).List());
    }

    private static async Task FullAsync(EngineUnderTest engine, ImageServer registry)
    {
        KeelsonException error = await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference));
        Assert.Contains("no space left on device", error.FullMessage, StringComparison.OrdinalIgnoreCase);
        await AssertNothingAsync(engine);
    }

    private static async Task<bool> AnswerAsync(Request request, Peer peer, IReadOnlyList<byte[]> contents)
    {
        bool isTag = request.Path.EndsWith("/manifests/1", StringComparison.Ordinal);
        byte[]? content = isTag ? contents[0] : contents.FirstOrDefault(one => request.Path.EndsWith(Digest.Of(one).ToString(), StringComparison.Ordinal));
        if (content is null) return false;
        (string, string)[] headers = [("Content-Type", content == contents[0] ? MediaTypes.OciManifest : "application/octet-stream"), ("Docker-Content-Digest", Digest.Of(content).ToString())];
        if (request.Method == "HEAD") await peer.HeadAsync(200, [.. headers, ("Content-Length", content.Length.ToString())]);
        else await peer.AnswerAsync(200, content, headers);
        return true;
    }

    private static async Task FailsAsync(EngineUnderTest engine, ImageServer registry, ErrorKind kind)
    {
        KeelsonException error = await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference));
        Assert.True(error.Kind == kind, error.FullMessage);
    }

    private static async Task AssertNothingAsync(EngineUnderTest engine)
    {
        Assert.Empty(engine.Database.Images(EngineUnderTest.Space).List());
        Assert.DoesNotContain(await engine.KeysAsync(), key => key.StartsWith("extract-", StringComparison.Ordinal));
    }
}
