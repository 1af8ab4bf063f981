using Keelson.Oci;

namespace Keelson.Registry.Tests.Attacks;

/// <summary>Content that is known to one repository and asked for through another.</summary>
public abstract class IsolationTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private readonly string secret = NewRepository();

    [Fact]
    public async Task CVE_2024_39897_a_blob_of_one_repository_is_not_readable_through_another()
    {
        Blob blob = await PushBlobAsync(null, secret);
        await PushBlobAsync();
        (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
        (await GetAsync($"{Repository}/blobs/{blob.Digest}", ("Range", "bytes=0-9"))).Fails(404, "BLOB_UNKNOWN");
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
        (await GetAsync($"{secret}/blobs/{blob.Digest}")).Is(200);
    }

    [Fact]
    public async Task CVE_2024_39897_a_blob_that_was_read_before_is_not_readable_through_another_repository()
    {
        // A cache that forgets whose the blob is would answer now.
        Blob blob = await PushBlobAsync(null, secret);
        await PushBlobAsync();
        for (int i = 0; i < 3; i++)
        {
            (await GetAsync($"{secret}/blobs/{blob.Digest}")).Is(200);
            (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
        }
    }

    [Fact]
    public async Task A_blob_is_not_mounted_from_where_it_is_not()
    {
        Blob blob = await PushBlobAsync(null, secret);
        string other = NewRepository();
        await PushBlobAsync(null, other);
        (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}&from={other}")).Is(202);
        (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
    }

    [Fact]
    public async Task A_manifest_that_names_a_blob_of_another_repository_is_refused()
    {
        Blob blob = await PushBlobAsync(null, secret);
        Answer answer = await PutManifestAsync("1", Document.Image(await PushBlobAsync(), [blob]));
        answer.Fails(answer.Is(400, 404).Status, "MANIFEST_BLOB_UNKNOWN");
        (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
    }

    [Fact]
    public async Task A_manifest_of_one_repository_is_not_readable_through_another()
    {
        Document image = await PushImageAsync("1", secret);
        await PushBlobAsync();
        (await GetAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN", "NAME_UNKNOWN");
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Fails(404, "MANIFEST_UNKNOWN", "NAME_UNKNOWN");
        (await GetAsync($"{secret}/manifests/1", AcceptAll)).Is(200);
    }

    [Fact]
    public async Task An_index_that_names_a_manifest_of_another_repository_is_refused()
    {
        Document image = await PushImageAsync("1", secret);
        await PushBlobAsync();
        Answer answer = await PutManifestAsync("1", Document.Index(MediaTypes.OciIndex, image));
        answer.Fails(answer.Is(400, 404).Status, "MANIFEST_BLOB_UNKNOWN");
        (await GetAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN", "NAME_UNKNOWN");
    }

    [Fact]
    public async Task CVE_2026_35172_a_blob_that_was_deleted_is_not_brought_back()
    {
        // Both repositories have it, and it was read through both: a shared cache has it too.
        Blob blob = await PushBlobAsync(null, secret);
        await PushBlobAsync(blob);
        foreach (string repository in (string[])[secret, Repository]) (await GetAsync($"{repository}/blobs/{blob.Digest}")).Is(200);
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202);
        (await GetAsync($"{secret}/blobs/{blob.Digest}")).Is(200);
        for (int i = 0; i < 3; i++) (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
        (await PostAsync($"{NewRepository()}/blobs/uploads/?mount={blob.Digest}&from={Repository}")).Is(202);
    }

    [Fact]
    public async Task CVE_2026_35172_a_manifest_that_was_deleted_is_not_brought_back()
    {
        Document image = await PushImageAsync("1");
        (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200);
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Is(202);
        for (int i = 0; i < 3; i++) (await GetAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN", "NAME_UNKNOWN");
    }
}
