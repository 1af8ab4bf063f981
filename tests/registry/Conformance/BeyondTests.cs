using System.Security.Cryptography;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>What the specification allows and distribution 2.8.2 does not have: digests by sha512, many tags in one push.</summary>
public abstract class BeyondTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private readonly Blob blob = Blob.Random();

    [Fact, Spec(Distribution, "end-6"), Reference(Debian, "sha256 alone")]
    public async Task A_blob_by_sha512_is_accepted_and_readable_by_it()
    {
        Answer answer = (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Sha512), blob.Bytes)).Is(201);
        Assert.EndsWith($"/blobs/{blob.Sha512}", Location(answer), StringComparison.Ordinal);
        Answer read = (await GetAsync($"{Repository}/blobs/{blob.Sha512}")).Is(200);
        Assert.Equal(blob.Bytes, read.Body);
        Assert.Equal(blob.Sha512, read["Docker-Content-Digest"]);
        Assert.Equal("0123"u8.Length.ToString(), (await GetAsync($"{Repository}/blobs/{blob.Sha512}", ("Range", "bytes=0-3"))).Is(206)["Content-Length"]);
    }

    [Fact, Spec(Distribution, "end-5"), Reference(Debian, "sha256 alone")]
    public async Task A_blob_by_sha512_may_come_in_chunks()
    {
        string location = Location((await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes[..500], ("Content-Range", "0-499"))).Is(202));
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Sha512), blob.Bytes[500..], ("Content-Range", "500-999"))).Is(201);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Sha512}")).Is(200).Body);
    }

    [Fact, Spec(Distribution, "end-6"), Reference(Debian, "sha256 alone")]
    public async Task Another_sha512_is_answered_with_400_DIGEST_INVALID()
    {
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + Blob.Random().Sha512), blob.Bytes)).Fails(400, "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/blobs/{blob.Sha512}")).Is(404);
    }

    [Fact, Spec(Distribution, "end-10"), Reference(Debian, "sha256 alone")]
    public async Task A_blob_by_sha512_is_deleted_and_mounted()
    {
        string other = NewRepository();
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Sha512), blob.Bytes)).Is(201);
        (await PostAsync($"{other}/blobs/uploads/?mount={blob.Sha512}&from={Repository}")).Is(201);
        (await DeleteAsync($"{Repository}/blobs/{blob.Sha512}")).Is(202);
        (await HeadAsync($"{Repository}/blobs/{blob.Sha512}")).Is(404);
        Assert.Equal(blob.Bytes, (await GetAsync($"{other}/blobs/{blob.Sha512}")).Is(200).Body);
    }

    [Fact, Spec(Distribution, "end-7"), Reference(Debian, "sha256 alone")]
    public async Task A_manifest_by_sha512_is_accepted_and_readable_by_it()
    {
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Sha512), blob.Bytes)).Is(201);
        Document image = new(MediaTypes.OciManifest, $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{blob.Sha512}}","size":1000},"layers":[]}
            """);
        string digest = "sha512:" + Convert.ToHexStringLower(SHA512.HashData(image.Bytes));
        Assert.Equal(digest, (await PutManifestAsync(digest, image)).Is(201)["Docker-Content-Digest"]);
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/{digest}", AcceptAll)).Is(200).Body);
    }

    [Fact, Spec("distribution-spec 1.2", "end-7b"), Reference(Debian, "the parameter is not read")]
    public async Task A_manifest_by_digest_gets_all_the_tags_that_the_query_names()
    {
        Document image = Document.Image(await PushBlobAsync(), [await PushBlobAsync()]);
        string[] tags = [.. Enumerable.Range(0, 10).Select(i => $"t{i}")];
        Answer answer = (await PutManifestAsync($"{image.Digest}?{string.Join('&', tags.Select(tag => "tag=" + tag))}", image)).Is(201);
        Assert.Equal(tags, answer["OCI-Tag"]!.Split(',', StringSplitOptions.TrimEntries).Order());
        foreach (string tag in tags) Assert.Equal(image.Digest, (await HeadAsync($"{Repository}/manifests/{tag}", AcceptAll)).Is(200)["Docker-Content-Digest"]);
    }

    [Fact, Spec("distribution-spec 1.2", "end-7b"), Reference(Debian, "the parameter is not read")]
    public async Task A_tag_of_another_form_in_the_query_is_refused_and_none_is_set()
    {
        Document image = Document.Image(await PushBlobAsync(), [await PushBlobAsync()]);
        (await PutManifestAsync($"{image.Digest}?tag=good&tag=-bad", image)).Fails(400);
        (await HeadAsync($"{Repository}/manifests/good", AcceptAll)).Is(404);
    }
}
