using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Keelson.Oci;
using Host = Keelson.Distribution.Tests.Clients;

namespace Keelson.Registry.Tests.Clients;

/// <summary>Our own client, <see cref="RegistryClient"/>.</summary>
public abstract class KeelsonClientTests(IRegistryUnderTest registry) : ClientTest(registry)
{
    private readonly TestImage image = TestImage.Make(isGzip: true, 3_000_000, 1_000);
    private readonly OciLayout source = Host.NewLayout();

    private RepositoryName Name => new(Registry.Name, Repository);

    [Fact]
    public async Task An_image_goes_there_and_back_with_its_digests()
    {
        using RegistryClient client = new(Host.Impatient);
        await PushAsync(client, "1");
        OciLayout target = Host.NewLayout();
        using ImagePuller puller = new(client, target, new PullOptions { Platform = TestImage.Any });
        PulledImage pulled = await puller.PullAsync(ImageReference.Parse(Image("1")));
        await image.AssertInAsync(target);
        Assert.Equal(image.Target.Digest, pulled.Target.Digest);
    }

    [Fact]
    public async Task A_layer_is_pulled_in_ranges()
    {
        using RegistryClient client = new(Host.Impatient);
        await PushAsync(client, "1");
        OciLayout target = Host.NewLayout();
        using ImagePuller puller = new(client, target, new PullOptions { Platform = TestImage.Any, RangeThresholdBytes = 1 << 20 });
        await puller.PullAsync(ImageReference.Parse(Image("1")));
        await image.AssertInAsync(target);
    }

    [Fact]
    public async Task An_upload_in_chunks_is_the_same_blob()
    {
        using RegistryClient client = new(Host.Impatient with { UploadChunkBytes = 1_000_000 });
        await PushAsync(client, "1");
        await using BlobStream blob = await client.OpenBlobAsync(Name, new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = image.LayerDigest(0), Size = image.Layers[0].Length });
        MemoryStream read = new();
        await blob.CopyToAsync(read);
        Assert.Equal(image.Layers[0], read.ToArray());
    }

    [Fact]
    public async Task A_second_push_sends_nothing_and_another_repository_takes_blobs_over()
    {
        using RegistryClient client = new(Host.Impatient);
        await PushAsync(client, "1");
        int moved = 0;
        Progress progress = new(e => Interlocked.Add(ref moved, e.State == TransferState.Moving ? 1 : 0));
        await PushAsync(client, "2", new PushOptions { Progress = progress });
        await new ImagePusher(client, source, new PushOptions { Progress = progress, MountFrom = _ => Name })
            .PushAsync(ImageReference.Parse($"{Registry.Name}/{Repository}/other:1"), image.Target);
        Assert.Equal(0, moved);
        Assert.Equal(image.Target.Digest, (await client.ResolveAsync(ImageReference.Parse($"{Registry.Name}/{Repository}/other:1"))).Digest);
    }

    [Fact]
    public async Task Tags_are_listed_and_images_are_deleted()
    {
        using RegistryClient client = new(Host.Impatient);
        foreach (string tag in (string[])["1", "2", "latest"]) await PushAsync(client, tag);
        Assert.Equal(["1", "2", "latest"], (await client.ListTagsAsync(Name).ToListAsync()).Order());
        await client.DeleteManifestAsync(new ImageReference(Name, null, image.Target.Digest));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<RegistryException>(() => client.ResolveAsync(ImageReference.Parse(Image("1"))))).Kind);
        await client.DeleteBlobAsync(Name, image.LayerDigest(0));
        Assert.False(await client.HasBlobAsync(Name, image.LayerDigest(0)));
    }

    [Fact]
    public async Task What_refers_to_an_image_is_listed_with_the_referrers_API_or_without()
    {
        using RegistryClient client = new(Host.Impatient);
        await PushAsync(client, "1");
        byte[] empty = [.. "{}"u8];
        Descriptor config = new() { MediaType = MediaTypes.OciEmpty, Digest = Digest.Of(empty), Size = 2 };
        await client.PushBlobAsync(Name, config, _ => new(new MemoryStream(empty)));
        foreach (string type in (string[])["application/one", "application/two"])
            await client.PushManifestAsync(Name, null, MediaTypes.OciManifest,
                new ImageManifest { MediaType = MediaTypes.OciManifest, ArtifactType = type, Config = config, Layers = [config], Subject = image.Target }.ToUtf8());
        Assert.Equal(["application/one", "application/two"], (await client.ListReferrersAsync(Name, image.Target.Digest).ToListAsync()).Select(d => d.ArtifactType!).Order());
        Assert.Equal("application/two", Assert.Single(await client.ListReferrersAsync(Name, image.Target.Digest, "application/two").ToListAsync()).ArtifactType);
        // The tag that stands in for the API is left only where there is no API.
        Assert.Equal(Registry.IsReference ? 2 : 1, await client.ListTagsAsync(Name).CountAsync());
    }

    [Fact]
    public async Task Content_that_is_not_what_its_digest_says_is_refused()
    {
        using RegistryClient client = new(Host.Impatient);
        Descriptor blob = new() { MediaType = MediaTypes.OciLayer, Digest = Digest.Of("other"u8), Size = 4 };
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.PushBlobAsync(Name, blob, _ => new(new MemoryStream([1, 2, 3, 4]))));
        Assert.Equal((ErrorKind.DataLoss, "DIGEST_INVALID"), (e.Kind, e.Code));
    }

    [Fact]
    public async Task Many_images_at_the_same_time_are_all_there()
    {
        using RegistryClient client = new(Host.Impatient);
        TestImage[] images = [.. Enumerable.Range(0, 6).Select(_ => TestImage.Make(isGzip: true, 200_000, 100_000))];
        await Task.WhenAll(images.Select(async (one, i) =>
        {
            OciLayout layout = Host.NewLayout();
            await one.StoreAsync(layout);
            await new ImagePusher(client, layout).PushAsync(ImageReference.Parse(Image($"t{i}")), one.Target);
        }));
        OciLayout target = Host.NewLayout();
        using ImagePuller puller = new(client, target, new PullOptions { Platform = TestImage.Any });
        await Task.WhenAll(images.Select((_, i) => puller.PullAsync(ImageReference.Parse(Image($"t{i}")))));
        foreach (TestImage one in images) await one.AssertInAsync(target);
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await image.StoreAsync(source);
    }

    private Task PushAsync(RegistryClient client, string tag, PushOptions? options = null) => new ImagePusher(client, source, options).PushAsync(ImageReference.Parse(Image(tag)), image.Target);

    private sealed class Progress(Action<TransferEvent> hear) : IProgress<TransferEvent>
    {
        public void Report(TransferEvent value) => hear(value);
    }
}
