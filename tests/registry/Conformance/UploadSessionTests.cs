namespace Keelson.Registry.Tests.Conformance;

/// <summary>Uploads that are looked at, given up and not known.</summary>
[Spec(Distribution, "end-13")]
[Spec(Distribution, "end-14")]
public abstract class UploadSessionTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private readonly Blob blob = Blob.Random();

    [Fact]
    public async Task An_upload_without_content_is_answered_with_204_and_an_empty_range()
    {
        Answer answer = (await Http.SendAsync("GET", await BeginUploadAsync())).Is(204);
        Assert.Equal("0-0", answer["Range"]);
        Assert.Contains($"/v2/{Repository}/blobs/uploads/", Location(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_is_answered_with_204_and_how_far_it_is()
    {
        Answer chunk = (await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes[..600])).Is(202);
        Answer answer = (await Http.SendAsync("GET", Location(chunk))).Is(204);
        Assert.Equal(("0-599", chunk["Docker-Upload-UUID"]), (answer["Range"], answer["Docker-Upload-UUID"]));
        (await Http.SendAsync("PUT", With(Location(answer), "digest=" + blob.Digest), blob.Bytes[600..])).Is(201);
    }

    [Fact]
    public async Task An_upload_that_is_given_up_is_answered_with_204_and_is_over()
    {
        string location = Location((await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes)).Is(202));
        (await Http.SendAsync("DELETE", location)).Is(204);
        await IsOverAsync(location);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
    }

    [Fact]
    public async Task An_upload_that_has_ended_is_over()
    {
        string location = await BeginUploadAsync();
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest), blob.Bytes)).Is(201);
        await IsOverAsync(location);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
    }

    [Theory, Reference(Debian, "the address of an upload carries its state, signed; without it the upload is not unknown but BLOB_UPLOAD_INVALID")]
    [InlineData("3f3a0b0e-6a7d-4b0e-9c0c-0123456789ab")]
    [InlineData("never-there")]
    public async Task An_upload_that_was_never_begun_is_answered_with_404_BLOB_UPLOAD_UNKNOWN(string id)
    {
        await PushBlobAsync();
        string path = $"/v2/{Repository}/blobs/uploads/{id}";
        foreach (string method in (string[])["GET", "PATCH", "PUT", "DELETE"])
            (await Http.SendAsync(method, method == "PUT" ? $"{path}?digest={blob.Digest}" : path)).Fails(404, Differs("BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"));
    }

    [Fact]
    public async Task An_upload_belongs_to_its_repository()
    {
        string location = Location((await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes)).Is(202));
        string elsewhere = location.Replace(Repository, NewRepository(), StringComparison.Ordinal);
        (await Http.SendAsync("GET", elsewhere)).Fails(404, "BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID");
        (await Http.SendAsync("PUT", With(elsewhere, "digest=" + blob.Digest))).Fails(404, "BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID");
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Is(201);
    }

    [Fact]
    public async Task An_upload_may_wait_while_others_end()
    {
        string location = Location((await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes[..10])).Is(202));
        await PushBlobAsync();
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest), blob.Bytes[10..])).Is(201);
    }

    private async Task IsOverAsync(string location)
    {
        (await Http.SendAsync("GET", location)).Fails(404, "BLOB_UPLOAD_UNKNOWN");
        (await Http.SendAsync("PATCH", location, blob.Bytes)).Fails(404, "BLOB_UPLOAD_UNKNOWN");
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest), blob.Bytes)).Fails(404, "BLOB_UPLOAD_UNKNOWN");
        (await Http.SendAsync("DELETE", location)).Fails(404, "BLOB_UPLOAD_UNKNOWN");
    }
}
