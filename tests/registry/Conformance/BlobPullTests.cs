namespace Keelson.Registry.Tests.Conformance;

/// <summary>Blobs that are read.</summary>
[Spec(Distribution, "end-2")]
public abstract class BlobPullTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string Nowhere = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    [Fact]
    public async Task A_blob_is_answered_with_200_its_bytes_length_and_digest()
    {
        Blob blob = await PushBlobAsync();
        Answer answer = (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
        Assert.Equal(blob.Bytes, answer.Body);
        Assert.Equal((blob.Digest, "1000", "application/octet-stream"), (answer["Docker-Content-Digest"], answer["Content-Length"], answer["Content-Type"]));
    }

    [Fact]
    public async Task A_HEAD_of_a_blob_has_the_same_headers_and_no_body()
    {
        Blob blob = await PushBlobAsync();
        Answer answer = (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
        Assert.Empty(answer.Body);
        Assert.Equal((blob.Digest, "1000", "application/octet-stream"), (answer["Docker-Content-Digest"], answer["Content-Length"], answer["Content-Type"]));
    }

    [Fact]
    public async Task A_large_blob_comes_whole()
    {
        Blob blob = await PushBlobAsync(Blob.Random(5_000_000));
        Assert.Equal(blob.Digest, new Blob((await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body).Digest);
    }

    [Fact]
    public async Task A_blob_is_never_compressed_on_its_way()
    {
        Blob blob = await PushBlobAsync(new Blob(new string('a', 100_000)));
        Answer answer = (await GetAsync($"{Repository}/blobs/{blob.Digest}", ("Accept-Encoding", "gzip, br, zstd"))).Is(200);
        Assert.Null(answer["Content-Encoding"]);
        Assert.Equal(blob.Bytes, answer.Body);
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        Blob blob = await PushBlobAsync(new Blob(""));
        Answer answer = (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
        Assert.Equal((0, "0", blob.Digest), (answer.Body.Length, answer["Content-Length"], answer["Docker-Content-Digest"]));
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_answered_with_404_BLOB_UNKNOWN()
    {
        await PushBlobAsync();
        (await GetAsync($"{Repository}/blobs/{Nowhere}")).Fails(404, "BLOB_UNKNOWN");
    }

    [Fact]
    public async Task A_HEAD_of_what_is_not_there_is_answered_with_404_and_no_body()
    {
        await PushBlobAsync();
        Assert.Empty((await HeadAsync($"{Repository}/blobs/{Nowhere}")).Is(404).Body);
    }

    [Fact]
    public async Task A_blob_of_a_repository_that_is_not_there_is_answered_with_404()
    {
        (await GetAsync($"{Repository}/blobs/{Nowhere}")).Fails(404, "BLOB_UNKNOWN", "NAME_UNKNOWN");
    }

    [Theory]
    [InlineData("sha256:00000000000000000000000000000000")]
    [InlineData("sha256:000000000000000000000000000000000000000000000000000000000000000G")]
    [InlineData("sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("latest")]
    [InlineData("sha256")]
    [Reference(Debian, "what its routes do not take for a digest is no endpoint: 404 without JSON")]
    public async Task What_is_no_digest_is_answered_with_400_DIGEST_INVALID(string digest)
    {
        Answer answer = await GetAsync($"{Repository}/blobs/{digest}");
        if (Registry.IsReference && answer.Status == 404) Assert.DoesNotContain("errors", answer.Text, StringComparison.Ordinal);
        else answer.Fails(400, "DIGEST_INVALID");
    }

    [Fact, Spec(Distribution, "Registry Proxying")]
    public async Task The_namespace_that_a_proxy_is_asked_for_does_not_matter_to_a_registry()
    {
        Blob blob = await PushBlobAsync();
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}?ns=example.org")).Is(200).Body);
    }

    [Fact, Spec("RFC 9110", "13.1.2")]
    public async Task A_blob_that_the_client_has_is_answered_with_304()
    {
        Blob blob = await PushBlobAsync();
        string path = $"{Repository}/blobs/{blob.Digest}", tag = (await GetAsync(path)).Is(200)["ETag"]!;
        Assert.Contains(blob.Digest, tag, StringComparison.Ordinal);
        Assert.Empty((await GetAsync(path, ("If-None-Match", tag))).Is(304).Body);
        (await GetAsync(path, ("If-None-Match", "\"another\""))).Is(200);
    }

    [Fact]
    public async Task A_blob_is_the_same_under_every_repository_that_has_it()
    {
        Blob blob = await PushBlobAsync();
        string other = NewRepository();
        await PushBlobAsync(blob, other);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
        Assert.Equal(blob.Bytes, (await GetAsync($"{other}/blobs/{blob.Digest}")).Is(200).Body);
    }
}
