using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>Against Debian's docker-registry 2.8, with skopeo as the witness.</summary>
public sealed class DebianRegistryTests
{
    private readonly TestImage image = TestImage.Make(isGzip: true, 3_000_000, 1_000);
    private readonly OciLayout source = Clients.NewLayout();
    private readonly string copy = TestDirectory.Make("copy");

    [RegistryFact]
    public async Task What_skopeo_pushed_is_pulled_with_the_same_digests()
    {
        using DebianRegistry registry = new();
        await image.StoreAsync(source, "1");
        Skopeo.Copy($"oci:{source.Root}:1", $"docker://{registry.Name}/team/app:1");
        OciLayout target = OciLayout.Create(copy);
        using RegistryClient client = new();
        using ImagePuller puller = new(client, target, new PullOptions { Platform = TestImage.Any });
        PulledImage pulled = await puller.PullAsync(ImageReference.Parse(registry.Name + "/team/app:1"));
        target.Tag(pulled.Target, "1");
        await image.AssertInAsync(target);
        Assert.Equal((image.Target.Digest, image.Target.Digest.ToString()), (pulled.Target.Digest, Skopeo.DigestOf($"oci:{copy}:1")));
    }

    [RegistryFact]
    public async Task What_is_pushed_is_read_by_skopeo_with_the_same_digests()
    {
        using DebianRegistry registry = new();
        await PushAsync(registry, Clients.Impatient, "team/app:1");
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"docker://{registry.Name}/team/app:1"));
        Skopeo.Copy($"docker://{registry.Name}/team/app:1", $"oci:{copy}:1");
        await image.AssertInAsync(OciLayout.Open(copy));
    }

    [RegistryFact]
    public async Task With_TLS_a_password_and_HTTP_2_the_same_way_there_and_back()
    {
        using DebianRegistry registry = new(needsPassword: true, hasTls: true);
        RegistryClientOptions options = Clients.Impatient with { Hosts = new TlsHosts(registry), Credentials = Clients.User(registry.Name, DebianRegistry.User, DebianRegistry.Password) };
        await PushAsync(registry, options, "app:1");
        using RegistryClient client = new(options);
        OciLayout target = OciLayout.Create(copy);
        using ImagePuller puller = new(client, target, new PullOptions { Platform = TestImage.Any, RangeThresholdBytes = 1 << 20 });
        await puller.PullAsync(ImageReference.Parse(registry.Name + "/app:1"));
        await image.AssertInAsync(target);
        Assert.Contains("HTTP/2.0", registry.Log, StringComparison.Ordinal);
    }

    [RegistryFact]
    public async Task Without_the_password_or_the_authority_nothing_is_had()
    {
        using DebianRegistry registry = new(needsPassword: true, hasTls: true);
        using RegistryClient noPassword = new(Clients.Impatient with { Hosts = new TlsHosts(registry) });
        using RegistryClient wrongPassword = new(Clients.Impatient with { Hosts = new TlsHosts(registry), Credentials = Clients.User(registry.Name, "user", "wrong") });
        using RegistryClient noAuthority = new(Clients.Impatient with { Hosts = new TlsHosts(registry, isTrusted: false) });
        foreach (RegistryClient client in (RegistryClient[])[noPassword, wrongPassword, noAuthority])
            Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<RegistryException>(() => client.PingAsync(registry.Name))).Kind);
    }

    [RegistryFact]
    public async Task An_upload_in_chunks_is_the_same_blob()
    {
        using DebianRegistry registry = new();
        await PushAsync(registry, Clients.Impatient with { UploadChunkBytes = 1_000_000 }, "app:1");
        Assert.Equal(image.Layers[0], await File.ReadAllBytesAsync(registry.BlobFile(image.LayerDigest(0).Hex)));
        Assert.Equal((image.Layers[0].Length + 999_999) / 1_000_000, registry.Log.Split("\"PATCH /v2/app/blobs/uploads/").Length - 1);
    }

    [RegistryFact]
    public async Task A_second_push_sends_nothing_and_another_repository_takes_blobs_over()
    {
        using DebianRegistry registry = new();
        await PushAsync(registry, Clients.Impatient, "first:1");
        long sent = 0;
        Progress progress = new(e => sent += e.State == TransferState.Moving ? 1 : 0);
        await PushAsync(registry, Clients.Impatient, "first:2", new PushOptions { Progress = progress });
        await PushAsync(registry, Clients.Impatient, "second:1", new PushOptions { Progress = progress, MountFrom = _ => new RepositoryName(registry.Name, "first") });
        Assert.Equal(0, sent);
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"docker://{registry.Name}/second:1"));
    }

    [RegistryFact]
    public async Task An_upload_of_another_process_goes_on_after_its_last_chunk()
    {
        using DebianRegistry registry = new();
        using CancellationTokenSource stop = new();
        Journal journal = new();
        // The address is kept when the upload begins and after each chunk.
        journal.Recorded = count =>
        {
            if (count == 3) stop.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => UploadAsync(registry, journal, null, stop.Token));
        long sent = 0;
        Assert.Equal(BlobPushResult.Uploaded, await UploadAsync(registry, journal, bytes => sent += bytes, default));
        Assert.Equal(image.Layers[0], await File.ReadAllBytesAsync(registry.BlobFile(image.LayerDigest(0).Hex)));
        Assert.Equal((image.Layers[0].Length - 2_000_000, null), (sent, journal.Find(new RepositoryName(registry.Name, "app"), image.LayerDigest(0))));
    }

    [RegistryFact]
    public async Task An_upload_that_broke_off_inside_a_chunk_is_right_in_the_end()
    {
        using DebianRegistry registry = new();
        using CancellationTokenSource stop = new();
        Journal journal = new();
        long sent = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => UploadAsync(registry, journal, bytes =>
        {
            if ((sent += bytes) > 1_500_000) stop.Cancel();
        }, stop.Token));
        // docker-registry 2.8 gives up an upload whose address is older than its content; this client then begins anew.
        Assert.Equal(BlobPushResult.Uploaded, await UploadAsync(registry, journal, null, default));
        Assert.Equal(image.Layers[0], await File.ReadAllBytesAsync(registry.BlobFile(image.LayerDigest(0).Hex)));
    }

    [RegistryFact]
    public async Task Content_that_is_not_what_its_digest_says_is_refused_by_the_registry()
    {
        using DebianRegistry registry = new();
        using RegistryClient client = new(Clients.Impatient);
        Descriptor blob = new() { MediaType = MediaTypes.OciLayer, Digest = Digest.Of("other"u8), Size = 4 };
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.PushBlobAsync(new RepositoryName(registry.Name, "app"), blob, _ => new(new MemoryStream([1, 2, 3, 4]))));
        Assert.Equal((ErrorKind.DataLoss, "DIGEST_INVALID"), (e.Kind, e.Code));
    }

    [RegistryFact]
    public async Task Tags_are_listed_and_images_are_deleted()
    {
        using DebianRegistry registry = new();
        using RegistryClient client = new(Clients.Impatient);
        RepositoryName repository = new(registry.Name, "app");
        foreach (string tag in (string[])["1", "2", "latest"]) await PushAsync(registry, Clients.Impatient, "app:" + tag);
        Assert.Equal(["1", "2", "latest"], (await client.ListTagsAsync(repository).ToListAsync()).Order());
        await client.DeleteManifestAsync(new ImageReference(repository, null, image.Target.Digest));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<RegistryException>(() => client.ResolveAsync(new ImageReference(repository, "1")))).Kind);
        await client.DeleteBlobAsync(repository, image.LayerDigest(0));
        Assert.False(await client.HasBlobAsync(repository, image.LayerDigest(0)));
    }

    [RegistryFact]
    public async Task What_refers_to_an_image_is_listed_by_the_tag_that_stands_in_for_the_referrers_API()
    {
        using DebianRegistry registry = new();
        using RegistryClient client = new(Clients.Impatient);
        RepositoryName repository = new(registry.Name, "app");
        await PushAsync(registry, Clients.Impatient, "app:1");
        byte[] empty = [.. "{}"u8];
        Descriptor config = new() { MediaType = MediaTypes.OciEmpty, Digest = Digest.Of(empty), Size = 2 };
        await client.PushBlobAsync(repository, config, _ => new(new MemoryStream(empty)));
        foreach (string type in (string[])["application/one", "application/two"])
            await client.PushManifestAsync(repository, null, MediaTypes.OciManifest,
                new ImageManifest { MediaType = MediaTypes.OciManifest, ArtifactType = type, Config = config, Layers = [config], Subject = image.Target }.ToUtf8());
        Assert.Equal(["application/one", "application/two"], (await client.ListReferrersAsync(repository, image.Target.Digest).ToListAsync()).Select(d => d.ArtifactType));
        Assert.Single(await client.ListReferrersAsync(repository, image.Target.Digest, "application/two").ToListAsync());
    }

    [RegistryFact]
    public async Task An_index_of_two_platforms_is_pushed_whole_and_pulled_for_one()
    {
        using DebianRegistry registry = new();
        TestImage other = TestImage.Make(2_000);
        await image.StoreAsync(source);
        await other.StoreAsync(source);
        byte[] index = new ImageIndex
        {
            MediaType = MediaTypes.OciIndex,
            Manifests = [other.Target with { Platform = Platform.Parse("linux/arm64") }, image.Target with { Platform = Platform.Parse("linux/amd64") }],
        }.ToUtf8();
        await using (IBlobWriter writer = await source.OpenWriterAsync("index", default))
        {
            await writer.WriteAsync(index, default);
            await writer.CommitAsync(default, index.Length, default);
        }
        using RegistryClient client = new(Clients.Impatient);
        ImageReference reference = ImageReference.Parse(registry.Name + "/app:1");
        await new ImagePusher(client, source).PushAsync(reference, new Descriptor { MediaType = MediaTypes.OciIndex, Digest = Digest.Of(index), Size = index.Length });
        OciLayout target = OciLayout.Create(copy);
        using ImagePuller puller = new(client, target, new PullOptions { Platform = TestImage.Any });
        PulledImage pulled = await puller.PullAsync(reference);
        await image.AssertInAsync(target);
        Assert.Equal((Digest.Of(index), image.Target.Digest), (pulled.Target.Digest, Assert.Single(pulled.Manifests).Descriptor.Digest));
        Assert.Null(await target.OpenReadAsync(other.Target.Digest, default));
        using ImagePuller foreign = new(client, target, new PullOptions { Platform = new PlatformMatcher(Platform.Parse("linux/s390x")) });
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => foreign.PullAsync(reference))).Kind);
    }

    private async Task<BlobPushResult> UploadAsync(DebianRegistry registry, Journal journal, Action<int>? sent, CancellationToken cancellation)
    {
        using RegistryClient client = new(Clients.Impatient with { UploadChunkBytes = 1_000_000 });
        Descriptor blob = new() { MediaType = MediaTypes.OciLayerGzip, Digest = image.LayerDigest(0), Size = image.Layers[0].Length };
        return await client.PushBlobAsync(new RepositoryName(registry.Name, "app"), blob, _ => new(new MemoryStream(image.Layers[0])),
            new BlobPushOptions { Journal = journal, Sent = sent }, cancellation);
    }

    private async Task PushAsync(DebianRegistry registry, RegistryClientOptions options, string name, PushOptions? push = null)
    {
        await image.StoreAsync(source);
        using RegistryClient client = new(options);
        await new ImagePusher(client, source, push).PushAsync(ImageReference.Parse($"{registry.Name}/{name}"), image.Target);
    }

    private sealed class TlsHosts(DebianRegistry registry, bool isTrusted = true) : IRegistryHosts
    {
        public IReadOnlyList<RegistryHost> For(string name) =>
            [new RegistryHost { Base = new Uri($"https://{name}/v2/"), CredentialName = name, AuthorityFiles = isTrusted ? [registry.AuthorityFile] : [] }];
    }

    private sealed class Progress(Action<TransferEvent> hear) : IProgress<TransferEvent>
    {
        public void Report(TransferEvent value) => hear(value);
    }

    private sealed class Journal : IUploadJournal
    {
        private readonly Dictionary<Digest, Uri> kept = [];
        private int count;

        public Action<int>? Recorded { get; set; }

        public Uri? Find(RepositoryName repository, Digest digest) => kept.GetValueOrDefault(digest);

        public void Record(RepositoryName repository, Digest digest, Uri location)
        {
            kept[digest] = location;
            Recorded?.Invoke(++count);
        }

        public void Forget(RepositoryName repository, Digest digest) => kept.Remove(digest);
    }
}
