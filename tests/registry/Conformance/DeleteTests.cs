using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>Manifests, tags and blobs that are deleted.</summary>
[Spec(Distribution, "end-9")]
[Spec(Distribution, "end-10")]
public abstract class DeleteTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string Nowhere = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    private const string ByDigestAlone = "2.8.2 deletes manifests by digest alone; by tag: 400 DIGEST_INVALID";

    [Fact]
    public async Task A_manifest_is_deleted_with_202_and_its_tags_with_it()
    {
        Document gone = await PushImageAsync("1"), stays = await PushImageAsync("2");
        await PushAsync(gone, "latest");
        (await DeleteAsync($"{Repository}/manifests/{gone.Digest}")).Is(202);
        foreach (string reference in (string[])[gone.Digest, "1", "latest"]) (await GetAsync($"{Repository}/manifests/{reference}", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN");
        Assert.Equal(stays.Bytes, (await GetAsync($"{Repository}/manifests/2", AcceptAll)).Is(200).Body);
        Assert.Equal(["2"], await TagsAsync());
    }

    [Fact]
    public async Task A_manifest_that_is_not_there_is_answered_with_404_MANIFEST_UNKNOWN()
    {
        Document image = await PushImageAsync("1");
        (await DeleteAsync($"{Repository}/manifests/{Nowhere}")).Fails(404, "MANIFEST_UNKNOWN");
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Is(202);
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Fails(404, "MANIFEST_UNKNOWN");
    }

    [Fact]
    public async Task A_manifest_of_a_repository_that_is_not_there_is_answered_with_404()
    {
        (await DeleteAsync($"{Repository}/manifests/{Nowhere}")).Fails(404, "NAME_UNKNOWN", "MANIFEST_UNKNOWN");
    }

    [Fact, Reference(Debian, ByDigestAlone)]
    public async Task A_tag_is_deleted_with_202_and_its_manifest_stays()
    {
        Document image = await PushImageAsync("1");
        await PushAsync(image, "2");
        Answer answer = await DeleteAsync($"{Repository}/manifests/1");
        if (Registry.IsReference)
        {
            answer.Fails(400, "DIGEST_INVALID");
            return;
        }
        answer.Is(202);
        (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN");
        (await HeadAsync($"{Repository}/manifests/2", AcceptAll)).Is(200);
        (await HeadAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(200);
        Assert.Equal(["2"], await TagsAsync());
    }

    [Fact, Reference(Debian, ByDigestAlone)]
    public async Task A_tag_that_is_not_there_is_answered_with_404()
    {
        await PushImageAsync("1");
        Answer answer = await DeleteAsync($"{Repository}/manifests/2");
        if (Registry.IsReference) answer.Fails(400, "DIGEST_INVALID");
        else answer.Fails(404, "MANIFEST_UNKNOWN");
    }

    [Fact]
    public async Task A_repository_whose_manifests_are_gone_lists_no_tags()
    {
        Document image = await PushImageAsync("1");
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Is(202);
        Answer answer = (await GetAsync($"{Repository}/tags/list")).Is(200, 404);
        if (answer.Status == 200) Assert.Empty(await TagsAsync());
    }

    [Fact]
    public async Task A_manifest_may_be_pushed_again_after_it_was_deleted()
    {
        Document image = await PushImageAsync("1");
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Is(202);
        await PushAsync(image, "1");
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task An_index_is_deleted_and_its_manifests_stay()
    {
        Document child = await PushImageAsync();
        Document index = await PushAsync(Document.Index(MediaTypes.OciIndex, child), "1");
        (await DeleteAsync($"{Repository}/manifests/{index.Digest}")).Is(202);
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
        (await HeadAsync($"{Repository}/manifests/{child.Digest}", AcceptAll)).Is(200);
    }

    [Fact]
    public async Task A_manifest_is_deleted_in_its_repository_alone()
    {
        string other = NewRepository();
        Blob config = Blob.Random(), layer = Blob.Random();
        Document image = Document.Image(config, [layer]);
        foreach (string repository in (string[])[Repository, other])
        {
            await PushBlobAsync(config, repository);
            await PushBlobAsync(layer, repository);
            await PushAsync(image, "1", repository);
        }
        (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Is(202);
        Assert.Equal(image.Bytes, (await GetAsync($"{other}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task A_blob_is_deleted_with_202_and_is_not_there_any_more()
    {
        Blob blob = await PushBlobAsync();
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202);
        (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_answered_with_404_BLOB_UNKNOWN()
    {
        Blob blob = await PushBlobAsync();
        (await DeleteAsync($"{Repository}/blobs/{Nowhere}")).Fails(404, "BLOB_UNKNOWN");
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202);
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Fails(404, "BLOB_UNKNOWN");
    }

    [Fact]
    public async Task A_blob_of_a_repository_that_is_not_there_is_answered_with_404()
    {
        (await DeleteAsync($"{Repository}/blobs/{Nowhere}")).Fails(404, "BLOB_UNKNOWN", "NAME_UNKNOWN");
    }

    [Fact]
    public async Task A_blob_is_deleted_in_its_repository_alone()
    {
        Blob blob = await PushBlobAsync();
        string other = NewRepository();
        await PushBlobAsync(blob, other);
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202);
        Assert.Equal(blob.Bytes, (await GetAsync($"{other}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task A_blob_may_be_pushed_again_after_it_was_deleted()
    {
        Blob blob = await PushBlobAsync();
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202);
        await PushBlobAsync(blob);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact, Spec(Distribution, "end-7")]
    public async Task A_manifest_whose_blob_was_deleted_is_refused()
    {
        Blob config = await PushBlobAsync(), layer = await PushBlobAsync();
        (await DeleteAsync($"{Repository}/blobs/{layer.Digest}")).Is(202);
        Answer answer = await PutManifestAsync("1", Document.Image(config, [layer]));
        answer.Fails(answer.Is(400, 404).Status, "MANIFEST_BLOB_UNKNOWN");
    }

    private async Task<string[]> TagsAsync() =>
        (await GetAsync($"{Repository}/tags/list")).Is(200).Json.GetProperty("tags") is { ValueKind: JsonValueKind.Array } tags ? [.. tags.EnumerateArray().Select(tag => tag.GetString()!)] : [];
}
