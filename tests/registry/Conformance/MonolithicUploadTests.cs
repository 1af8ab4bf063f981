namespace Keelson.Registry.Tests.Conformance;

/// <summary>Blobs that are pushed in one piece.</summary>
[Spec(Distribution, "end-4a")]
[Spec(Distribution, "end-6")]
public abstract class MonolithicUploadTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private readonly Blob blob = Blob.Random();

    [Fact]
    public async Task An_upload_is_begun_with_202_and_says_where_it_goes_on()
    {
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/")).Is(202);
        Assert.Contains($"/v2/{Repository}/blobs/uploads/", Location(answer), StringComparison.Ordinal);
        Assert.Equal(("0-0", "0"), (answer["Range"], answer["Content-Length"]));
        Assert.NotEmpty(answer["Docker-Upload-UUID"]!);
    }

    [Fact, Spec(Distribution, "Pushing a blob in chunks")]
    public async Task A_least_length_of_chunks_is_a_number_where_there_is_one()
    {
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/")).Is(202);
        if (answer["OCI-Chunk-Min-Length"] is { } least) Assert.True(long.Parse(least) > 0, least);
    }

    [Fact]
    public async Task Each_upload_goes_on_at_a_place_of_its_own()
    {
        Assert.NotEqual(await BeginUploadAsync(), await BeginUploadAsync());
    }

    [Fact]
    public async Task Behind_a_proxy_an_upload_goes_on_where_the_proxy_is()
    {
        Answer answer = (await Http.SendAsync("POST", $"/v2/{Repository}/blobs/uploads/", null, ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "registry.example"))).Is(202);
        // A path alone is right behind every proxy.
        if (!answer["Location"]!.StartsWith('/')) Assert.StartsWith($"https://registry.example/v2/{Repository}/blobs/uploads/", answer["Location"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_content_is_accepted_with_201_and_is_readable_where_the_registry_says()
    {
        Answer answer = (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Digest), blob.Bytes)).Is(201);
        Assert.Equal(blob.Digest, answer["Docker-Content-Digest"]);
        Assert.EndsWith($"/v2/{Repository}/blobs/{blob.Digest}", Location(answer), StringComparison.Ordinal);
        Assert.Equal(blob.Bytes, (await Http.SendAsync("GET", Location(answer))).Is(200).Body);
    }

    [Fact]
    public async Task A_digest_may_be_escaped_in_the_query()
    {
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + Uri.EscapeDataString(blob.Digest)), blob.Bytes)).Is(201);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
    }

    [Fact]
    public async Task A_type_of_the_content_may_be_given()
    {
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Digest), blob.Bytes, ("Content-Type", "application/octet-stream"))).Is(201);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
    }

    [Fact, Spec("RFC 9110", "10.1.1")]
    public async Task A_client_may_wait_to_be_asked_for_the_content()
    {
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Digest), blob.Bytes, ("Expect", "100-continue"))).Is(201);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
    }

    [Fact]
    public async Task Content_of_unknown_length_is_accepted()
    {
        Blob large = Blob.Random(2_000_000);
        (await Http.StreamAsync("PUT", With(await BeginUploadAsync(), "digest=" + large.Digest), new MemoryStream(large.Bytes))).Is(201);
        Assert.Equal(large.Digest, new Blob((await GetAsync($"{Repository}/blobs/{large.Digest}")).Is(200).Body).Digest);
    }

    [Fact, Spec(Distribution, "end-4b"), Reference(Debian, "a POST with the content begins an upload and takes nothing: 202")]
    public async Task A_POST_with_the_digest_and_the_content_is_the_whole_upload()
    {
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/?digest={blob.Digest}", blob.Bytes)).Is(Differs(201, 202));
        if (Registry.IsReference) answer = (await Http.SendAsync("PUT", With(Location(answer), "digest=" + blob.Digest), blob.Bytes)).Is(201);
        Assert.EndsWith($"/v2/{Repository}/blobs/{blob.Digest}", Location(answer), StringComparison.Ordinal);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact, Spec(Distribution, "end-4b"), Reference(Debian, "a POST with the content begins an upload and takes nothing: 202")]
    public async Task A_POST_with_another_digest_is_answered_with_400_DIGEST_INVALID()
    {
        Answer answer = await PostAsync($"{Repository}/blobs/uploads/?digest={Blob.Random().Digest}", blob.Bytes);
        if (Registry.IsReference) answer.Is(202);
        else answer.Fails(400, "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
    }

    [Fact]
    public async Task Content_of_another_digest_is_answered_with_400_DIGEST_INVALID_and_nothing_stays()
    {
        string claimed = Blob.Random().Digest, location = await BeginUploadAsync();
        (await Http.SendAsync("PUT", With(location, "digest=" + claimed), blob.Bytes)).Fails(400, "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/blobs/{claimed}")).Is(404);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
    }

    [Fact, Reference(Debian, "the upload stays on the disk; its address is BLOB_UPLOAD_INVALID, because the state in it is older")]
    public async Task An_upload_whose_content_had_another_digest_is_over()
    {
        string location = await BeginUploadAsync();
        (await Http.SendAsync("PUT", With(location, "digest=" + Blob.Random().Digest), blob.Bytes)).Is(400);
        (await Http.SendAsync("GET", location)).Fails(404, Differs("BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("digest=")]
    [InlineData("digest=sha256:0")]
    [InlineData("digest=md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("digest=latest")]
    public async Task An_end_without_a_digest_is_answered_with_400_DIGEST_INVALID(string query)
    {
        string location = await BeginUploadAsync();
        (await Http.SendAsync("PUT", query.Length > 0 ? With(location, query) : location, blob.Bytes)).Fails(400, "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
    }

    [Fact]
    public async Task An_empty_blob_is_accepted()
    {
        Blob empty = new("");
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + empty.Digest), empty.Bytes)).Is(201);
        Assert.Equal("0", (await HeadAsync($"{Repository}/blobs/{empty.Digest}")).Is(200)["Content-Length"]);
    }

    [Fact]
    public async Task A_blob_that_is_there_is_accepted_again()
    {
        await PushBlobAsync(blob);
        await PushBlobAsync(blob);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task Content_that_is_wrong_does_not_hurt_the_blob_that_is_right()
    {
        await PushBlobAsync(blob);
        (await Http.SendAsync("PUT", With(await BeginUploadAsync(), "digest=" + blob.Digest), [1, 2, 3])).Fails(400, "DIGEST_INVALID");
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task Pushes_of_one_blob_at_the_same_time_all_succeed()
    {
        Blob large = Blob.Random(1_000_000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PushBlobAsync(large, i % 2 == 0 ? Repository : Repository + "/other")));
        foreach (string repository in (string[])[Repository, Repository + "/other"])
            Assert.Equal(large.Digest, new Blob((await GetAsync($"{repository}/blobs/{large.Digest}")).Is(200).Body).Digest);
    }

    [Fact]
    public async Task Different_blobs_at_the_same_time_are_all_there()
    {
        Blob[] blobs = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => PushBlobAsync(Blob.Random(100_000))));
        foreach (Blob pushed in blobs) Assert.Equal(pushed.Digest, new Blob((await GetAsync($"{Repository}/blobs/{pushed.Digest}")).Is(200).Body).Digest);
    }

    [Fact]
    public async Task A_pushed_blob_is_in_no_list_of_tags()
    {
        await PushBlobAsync(blob);
        Answer answer = (await GetAsync($"{Repository}/tags/list")).Is(200, 404);
        if (answer.Status == 200) Assert.DoesNotContain("sha256", answer.Text, StringComparison.Ordinal);
    }
}
