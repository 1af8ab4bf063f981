using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>Uploads to a registry that breaks off, forgets or disagrees.</summary>
public sealed class UploadTests
{
    private readonly byte[] content = TestImage.Make(3_000_000).Layers[0];

    [Fact]
    public async Task An_upload_that_breaks_off_goes_on_at_the_byte_that_the_registry_has()
    {
        await using UploadServer server = new();
        server.Breaks = 2;
        Assert.Equal(BlobPushResult.Uploaded, await PushAsync(server));
        Assert.Equal(content, server.Stored);
        Assert.Equal(2, server.Of("GET", "/uploads/").Count());
        // Half of each broken chunk was kept, so nobody sent a byte twice that the registry has.
        Assert.Equal(content.Length, server.Of("PATCH", "/uploads/").Concat(server.Of("PUT", "/uploads/")).Sum(r => r.Body.Length) - server.Lost);
    }

    [Fact]
    public async Task An_upload_that_the_registry_has_forgotten_begins_anew()
    {
        await using UploadServer server = new();
        (server.Breaks, server.ForgetsWhenBroken) = (1, true);
        Assert.Equal(BlobPushResult.Uploaded, await PushAsync(server));
        Assert.Equal(content, server.Stored);
        Assert.Equal(2, server.Of("POST", "/uploads/").Count());
    }

    [Fact]
    public async Task An_upload_that_always_breaks_is_given_up()
    {
        await using UploadServer server = new();
        (server.Breaks, server.ForgetsWhenBroken) = (int.MaxValue, true);
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<RegistryException>(() => PushAsync(server))).Kind);
    }

    [Fact]
    public async Task A_mount_sends_no_content()
    {
        await using RawServer server = new((request, peer, _) => peer.AnswerAsync(request.Method == "HEAD" ? 404 : request.Target.Contains("mount=", StringComparison.Ordinal) ? 201 : 500));
        Assert.Equal(BlobPushResult.Mounted, await PushAsync(server, new BlobPushOptions { MountFrom = new RepositoryName(server.Name, "other") }));
        Assert.Contains("from=other", server.Of("POST", "/uploads/").Single().Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_of_another_registry_is_not_mounted_from()
    {
        await using UploadServer server = new();
        await PushAsync(server, new BlobPushOptions { MountFrom = new RepositoryName("other.test", "app") });
        Assert.DoesNotContain("mount", server.Of("POST", "/uploads/").Single().Target, StringComparison.Ordinal);
    }

    private async Task<BlobPushResult> PushAsync(RawServer server, BlobPushOptions? push = null)
    {
        using RegistryClient client = new(Clients.Impatient with { UploadChunkBytes = 1_000_000 });
        Descriptor blob = new() { MediaType = MediaTypes.OciLayer, Digest = Digest.Of(content), Size = content.Length };
        return await client.PushBlobAsync(new RepositoryName(server.Name, "app"), blob, _ => new(new MemoryStream(content)), push);
    }

    /// <summary>Takes one upload as the specification has it; a break keeps half of the chunk.</summary>
    private sealed class UploadServer : RawServer
    {
        private readonly MemoryStream upload = new();
        private bool isForgotten;

        public UploadServer() => Answer = AnswerAsync;

        public int Breaks { get; set; }

        public bool ForgetsWhenBroken { get; set; }

        /// <summary>Bytes that came and were not kept.</summary>
        public long Lost { get; private set; }

        public byte[]? Stored { get; private set; }

        private async Task AnswerAsync(Request request, Peer peer, CancellationToken stop)
        {
            string range = upload.Length == 0 ? "0-0" : $"0-{upload.Length - 1}";
            switch (request.Method)
            {
                case "HEAD":
                    await peer.HeadAsync(404, ("Content-Length", "0"));
                    break;
                case "POST":
                    upload.SetLength(0);
                    isForgotten = false;
                    await peer.AnswerAsync(202, ("Location", "/v2/app/blobs/uploads/1"));
                    break;
                case "GET":
                    await peer.HeadAsync(isForgotten ? 404 : 204, isForgotten ? [("Content-Length", "0")] : [("Range", range), ("Location", "/v2/app/blobs/uploads/1")]);
                    break;
                case "PATCH" when !request.Header("Content-Range")!.StartsWith($"{upload.Length}-", StringComparison.Ordinal):
                    await peer.AnswerAsync(416, ("Range", range));
                    break;
                case "PATCH" when Breaks > 0 && upload.Length > 0:
                    Breaks--;
                    upload.Write(request.Body, 0, request.Body.Length / 2);
                    Lost += request.Body.Length - request.Body.Length / 2;
                    isForgotten = ForgetsWhenBroken;
                    await peer.HeadAsync(503, ("Content-Length", "0"));
                    break;
                default:
                    upload.Write(request.Body);
                    if (request.Method == "PUT") Stored = upload.ToArray();
                    await peer.AnswerAsync(request.Method == "PUT" ? 201 : 202, ("Location", "/v2/app/blobs/uploads/1"), ("Range", $"0-{upload.Length - 1}"));
                    break;
            }
        }
    }
}
