namespace Keelson.Registry.Tests.Conformance;

/// <summary>Pushes whose client dies in the middle.</summary>
[Spec(Distribution, "end-13")]
public abstract class InterruptedUploadTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string LosesItsPlace = "the address of an upload carries how far it was; 2.8.2 gives the upload up when the disk has more";

    private readonly Blob blob = Blob.Random(300_000);

    [Fact, Reference(Debian, LosesItsPlace)]
    public async Task A_chunk_that_broke_off_goes_on_where_the_registry_says()
    {
        string location = Location((await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes[..100_000])).Is(202));
        await BrokenRequest.SendAsync("PATCH", location, 200_000, blob.Bytes[100_000..180_000]);
        Answer status = await Http.SendAsync("GET", location);
        if (Registry.IsReference && status.Status == 404) return;
        int next = int.Parse(status.Is(204)["Range"]!.Split('-')[1]) + 1;
        Assert.InRange(next, 100_000, 180_000);
        (await Http.SendAsync("PUT", With(Location(status), "digest=" + blob.Digest), blob.Bytes[next..], ("Content-Range", $"{next}-299999"))).Is(201);
        Assert.Equal(blob.Digest, new Blob((await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body).Digest);
    }

    [Fact]
    public async Task An_end_that_broke_off_makes_no_blob()
    {
        string location = await BeginUploadAsync();
        await BrokenRequest.SendAsync("PUT", With(location, "digest=" + blob.Digest), 300_000, blob.Bytes[..200_000]);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
        await PushBlobAsync(blob);
        Assert.Equal(blob.Digest, new Blob((await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body).Digest);
    }

    [Fact, Reference(Debian, LosesItsPlace)]
    public async Task An_end_that_broke_off_goes_on_where_the_registry_says()
    {
        string location = await BeginUploadAsync();
        await BrokenRequest.SendAsync("PUT", With(location, "digest=" + blob.Digest), 300_000, blob.Bytes[..200_000]);
        Answer status = await Http.SendAsync("GET", location);
        // Giving the upload up is an answer too; the client begins anew.
        if (status.Status == 404) return;
        string range = status.Is(204)["Range"]!;
        int next = range == "0-0" ? 0 : int.Parse(range.Split('-')[1]) + 1;
        (await Http.SendAsync("PUT", With(Location(status), "digest=" + blob.Digest), blob.Bytes[next..])).Is(201);
        Assert.Equal(blob.Digest, new Blob((await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body).Digest);
    }

    [Fact, Spec(Distribution, "end-7")]
    public async Task A_manifest_that_broke_off_is_not_there()
    {
        Document image = Document.Image(await PushBlobAsync(), []);
        await BrokenRequest.SendAsync("PUT", $"{Registry.Address}/v2/{Repository}/manifests/1", image.Bytes.Length, image.Bytes[..^10]);
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
        await PushAsync(image, "1");
    }
}
