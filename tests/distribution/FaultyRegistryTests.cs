using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>A registry that stalls, lies about length, sends other content, dies in the middle, or is busy.</summary>
public sealed class FaultyRegistryTests
{
    private readonly TestImage image = TestImage.Make(300_000, 1_000);
    private readonly OciLayout layout = Clients.NewLayout();

    [Fact]
    public async Task An_image_is_pulled_with_every_byte_once()
    {
        await using ImageServer server = new(image);
        PulledImage pulled = await PullAsync(server);
        await image.AssertInAsync(layout);
        Assert.Equal((image.Target.Digest, 2, image.Blobs.Sum(b => b.Length) + image.Manifest.Length),
            (pulled.Target.Digest, pulled.Manifests[0].Manifest.Layers.Count, (int)server.Sent));
    }

    [Fact]
    public async Task A_second_pull_asks_for_the_name_alone()
    {
        await using ImageServer server = new(image);
        await PullAsync(server);
        server.Requests.Clear();
        await PullAsync(server);
        Assert.Equal(["HEAD /v2/app/manifests/1"], server.Requests.Select(r => $"{r.Method} {r.Target}"));
    }

    [Fact]
    public async Task A_connection_that_dies_in_the_middle_of_a_blob_goes_on_at_the_next_byte()
    {
        await using ImageServer server = new(image);
        int deaths = 0;
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request) || deaths == 3) return false;
            deaths++;
            long first = request.Range?.First ?? 0;
            await peer.HeadAsync(first == 0 ? 200 : 206, first == 0 ? [("Content-Length", image.Layers[0].Length.ToString())]
                : [("Content-Length", (image.Layers[0].Length - first).ToString()), ("Content-Range", $"bytes {first}-{image.Layers[0].Length - 1}/{image.Layers[0].Length}")]);
            await peer.BodyAsync(image.Layers[0].AsMemory((int)first, 50_000));
            peer.Break();
            return true;
        };
        await PullAsync(server);
        await image.AssertInAsync(layout);
        Assert.Equal(3, deaths);
        Assert.Equal(image.Blobs.Sum(b => b.Length) + image.Manifest.Length, server.Sent);
    }

    [Fact]
    public async Task A_registry_that_always_dies_is_given_up_as_unavailable()
    {
        await using ImageServer server = new(image);
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request)) return false;
            await peer.HeadAsync(200, ("Content-Length", image.Layers[0].Length.ToString()));
            peer.Break();
            return true;
        };
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => PullAsync(server));
        Assert.Equal(ErrorKind.Unavailable, e.Kind);
        Assert.Contains(image.LayerDigest(0).ToString(), e.FullMessage, StringComparison.Ordinal);
        Assert.Equal(Clients.Impatient.Attempts, server.Requests.Count(r => server.IsLayer(r)));
    }

    [Fact]
    public async Task A_registry_that_stalls_in_a_body_or_before_an_answer_is_asked_again()
    {
        await using ImageServer server = new(image);
        int stalls = 0;
        server.Fault = async (request, peer, stop) =>
        {
            if (!server.IsLayer(request) || stalls == 2) return false;
            if (stalls++ == 0)
            {
                await peer.HeadAsync(200, ("Content-Length", image.Layers[0].Length.ToString()));
                await peer.BodyAsync(image.Layers[0].AsMemory(0, 1000));
            }
            await Task.Delay(Timeout.Infinite, stop);
            return true;
        };
        await PullAsync(server, null, Clients.Impatient with { StallTimeout = TimeSpan.FromSeconds(1), Attempts = 10 });
        await image.AssertInAsync(layout);
        Assert.Equal(2, stalls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_registry_that_lies_about_the_length_is_refused(int difference)
    {
        await using ImageServer server = new(image);
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request)) return false;
            await peer.HeadAsync(200, ("Content-Length", (image.Layers[0].Length + difference).ToString()));
            await peer.BodyAsync(image.Layers[0].AsMemory(0, image.Layers[0].Length + Math.Min(0, difference)));
            return true;
        };
        Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => PullAsync(server))).Kind);
        Assert.Null(await layout.OpenReadAsync(image.LayerDigest(0), default));
    }

    [Fact]
    public async Task A_body_without_a_length_that_goes_on_past_the_end_is_refused()
    {
        await using ImageServer server = new(image);
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request)) return false;
            await peer.HeadAsync(200, ("Connection", "close"));
            await peer.BodyAsync(image.Layers[0]);
            await peer.BodyAsync(new byte[1000]);
            peer.Break();
            return true;
        };
        Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => PullAsync(server))).Kind);
    }

    [Fact]
    public async Task Other_content_of_the_right_length_is_refused_and_not_kept()
    {
        await using ImageServer server = new(image);
        server.Fault = async (request, peer, _) =>
        {
            if (server.IsLayer(request)) await peer.AnswerAsync(200, new byte[image.Layers[0].Length]);
            return server.IsLayer(request);
        };
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => PullAsync(server));
        Assert.Equal(ErrorKind.DataLoss, e.Kind);
        Assert.Null(await layout.OpenReadAsync(image.LayerDigest(0), default));
        server.Fault = (_, _, _) => Task.FromResult(false);
        await PullAsync(server);
        await image.AssertInAsync(layout);
    }

    [Fact]
    public async Task A_manifest_that_is_other_content_than_its_digest_is_refused()
    {
        await using ImageServer server = new(image);
        byte[] other = TestImage.Make(10).Manifest;
        server.Fault = async (request, peer, _) =>
        {
            bool isManifest = request.Method == "GET" && request.Path.Contains("/manifests/", StringComparison.Ordinal);
            if (isManifest) await peer.AnswerAsync(200, other, ("Content-Type", MediaTypes.OciManifest));
            return isManifest;
        };
        Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<RegistryException>(() => PullAsync(server))).Kind);
    }

    [Fact]
    public async Task A_document_that_is_both_index_and_manifest_is_refused()
    {
        string one = $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{Digest.Of([])}}","size":0}""";
        byte[] both = System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[{{one}}],"config":{{one}},"layers":[]}""");
        await using RawServer server = new((_, peer, _) => peer.AnswerAsync(200, both, ("Content-Type", MediaTypes.OciIndex)));
        using RegistryClient client = new(Clients.Impatient);
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.FetchManifestAsync(ImageReference.Parse(server.Name + "/app:1")));
        Assert.Contains("both an index and a manifest", e.FullMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_over_4_MiB_is_refused_without_being_read()
    {
        await using RawServer server = new(async (_, peer, _) =>
        {
            await peer.HeadAsync(200, ("Content-Type", MediaTypes.OciManifest), ("Connection", "close"));
            for (int i = 0; i < 64; i++) await peer.BodyAsync(new byte[1 << 20]);
        });
        using RegistryClient client = new(Clients.Impatient);
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.FetchManifestAsync(ImageReference.Parse(server.Name + "/app:1")));
        Assert.Contains("larger than", e.Message, StringComparison.Ordinal);
        Assert.InRange(server.Sent, 1, 40 << 20);
    }

    [Fact]
    public async Task A_busy_registry_is_asked_again_and_its_Retry_After_is_heeded()
    {
        await using ImageServer server = new(image);
        int busy = 0;
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request) || busy == 2) return false;
            if (busy++ == 0) await peer.AnswerAsync(429, ("Retry-After", "1"));
            else await peer.AnswerAsync(503);
            return true;
        };
        long start = Environment.TickCount64;
        await PullAsync(server);
        await image.AssertInAsync(layout);
        Assert.InRange(Environment.TickCount64 - start, 990, 60_000);
    }

    [Fact]
    public async Task A_registry_that_wants_too_long_a_wait_fails_at_once_with_its_words()
    {
        await using ImageServer server = new(image);
        server.Fault = async (_, peer, _) =>
        {
            await peer.AnswerAsync(429, System.Text.Encoding.UTF8.GetBytes("""{"errors":[{"code":"TOOMANYREQUESTS","message":"come back tomorrow"}]}"""), ("Retry-After", "86400"));
            return true;
        };
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => PullAsync(server));
        // An answer to HEAD has no body, so the words are those of the status.
        Assert.Equal((ErrorKind.Unavailable, 429, 1), (e.Kind, e.Status, server.Requests.Count));
    }

    [Fact]
    public async Task The_error_names_the_operation_the_reference_and_the_code_of_the_registry()
    {
        await using ImageServer server = new(image);
        using RegistryClient client = new(Clients.Impatient);
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.FetchManifestAsync(server.Reference.WithTag("nothing")));
        Assert.Equal((ErrorKind.NotFound, 404, "NAME_UNKNOWN"), (e.Kind, e.Status, e.Code));
        Assert.Equal($"fetch the manifest of {server.Name}/app:nothing: NAME_UNKNOWN (there is none)", e.Message);
    }

    [Fact]
    public async Task A_large_layer_comes_in_ranges_and_every_byte_once()
    {
        TestImage large = TestImage.Make(20_000_000);
        await using ImageServer server = new(large);
        await PullAsync(server, new PullOptions { Platform = TestImage.Any, RangeThresholdBytes = 1 << 20 });
        await large.AssertInAsync(layout);
        Assert.Equal(5, server.Requests.Count(r => server.IsLayer(r) && r.Range is not null));
        Assert.Equal(large.Blobs.Sum(b => b.Length) + large.Manifest.Length, server.Sent);
    }

    [Fact]
    public async Task A_registry_that_ignores_ranges_is_pulled_over_one_connection()
    {
        TestImage large = TestImage.Make(20_000_000);
        await using ImageServer server = new(large) { ServesRanges = false };
        await PullAsync(server, new PullOptions { Platform = TestImage.Any, RangeThresholdBytes = 1 << 20 });
        await large.AssertInAsync(layout);
        Assert.Contains(server.Requests, r => server.IsLayer(r) && r.Range is null);
    }

    [Fact]
    public async Task A_broken_transfer_from_a_registry_that_ignores_ranges_skips_what_is_there()
    {
        await using ImageServer server = new(image) { ServesRanges = false };
        bool hasDied = false;
        server.Fault = async (request, peer, _) =>
        {
            if (!server.IsLayer(request) || hasDied) return false;
            hasDied = true;
            await peer.HeadAsync(200, ("Content-Length", image.Layers[0].Length.ToString()));
            await peer.BodyAsync(image.Layers[0].AsMemory(0, 100_000));
            peer.Break();
            return true;
        };
        await PullAsync(server);
        await image.AssertInAsync(layout);
        Assert.Equal(2, server.Requests.Count(r => server.IsLayer(r)));
    }

    [Fact]
    public async Task Pulls_at_the_same_time_fetch_each_blob_once()
    {
        await using ImageServer server = new(image);
        using RegistryClient client = new(Clients.Impatient);
        using ImagePuller puller = new(client, layout, new PullOptions { Platform = TestImage.Any });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => puller.PullAsync(server.Reference)));
        await image.AssertInAsync(layout);
        Assert.Equal(1, server.Requests.Count(r => server.IsLayer(r)));
    }

    private async Task<PulledImage> PullAsync(ImageServer server, PullOptions? options = null, RegistryClientOptions? clientOptions = null)
    {
        using RegistryClient client = new(clientOptions ?? Clients.Impatient);
        using ImagePuller puller = new(client, layout, options ?? new PullOptions { Platform = TestImage.Any });
        return await puller.PullAsync(server.Reference);
    }
}
