namespace Keelson.Registry.Tests.Attacks;

/// <summary>A registry that is told to delete nothing.</summary>
[Spec(Distribution, "end-9")]
[Spec(Distribution, "end-10")]
public abstract class WithoutDeleteTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    [Fact]
    public async Task CVE_2026_41888_a_tag_is_not_deleted()
    {
        Document image = await PushImageAsync("1");
        (await DeleteAsync($"{Repository}/manifests/1")).Fails(405, "UNSUPPORTED");
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task A_manifest_is_not_deleted()
    {
        Document image = await PushImageAsync("1");
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Fails(405, "UNSUPPORTED");
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task A_blob_is_not_deleted()
    {
        Blob blob = await PushBlobAsync();
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Fails(405, "UNSUPPORTED");
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task An_upload_may_be_given_up_all_the_same()
    {
        string location = await BeginUploadAsync();
        (await Http.SendAsync("DELETE", location)).Is(204);
        (await Http.SendAsync("GET", location)).Fails(404, "BLOB_UPLOAD_UNKNOWN");
    }
}
