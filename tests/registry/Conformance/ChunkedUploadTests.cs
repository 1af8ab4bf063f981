namespace Keelson.Registry.Tests.Conformance;

/// <summary>Blobs that are pushed in chunks.</summary>
[Spec(Distribution, "end-5")]
public abstract class ChunkedUploadTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string AppendsAlways = "2.8.2 does not read Content-Range: every chunk is appended, and the digest alone tells in the end";

    private readonly Blob blob = Blob.Random(3000);

    [Fact]
    public async Task Chunks_in_their_order_are_accepted_with_202_and_the_blob_with_201()
    {
        string location = await BeginUploadAsync();
        for (int from = 0; from < 3000; from += 1000)
        {
            Answer answer = (await ChunkAsync(location, from, 1000)).Is(202);
            Assert.Equal($"0-{from + 999}", answer["Range"]);
            location = Location(answer);
        }
        Answer end = (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Is(201);
        Assert.Equal(blob.Digest, end["Docker-Content-Digest"]);
        await IsThereAsync();
    }

    [Fact, Spec(Distribution, "end-6")]
    public async Task The_last_chunk_may_come_with_the_end()
    {
        string location = Location((await ChunkAsync(await BeginUploadAsync(), 0, 2000)).Is(202));
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest), blob.Bytes[2000..], ("Content-Range", "2000-2999"), ("Content-Type", "application/octet-stream"))).Is(201);
        await IsThereAsync();
    }

    [Fact]
    public async Task Chunks_of_different_lengths_are_accepted()
    {
        string location = await BeginUploadAsync();
        int from = 0;
        foreach (int length in (int[])[1, 2499, 500])
        {
            location = Location((await ChunkAsync(location, from, length)).Is(202));
            from += length;
        }
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Is(201);
        await IsThereAsync();
    }

    [Fact, Spec(DockerV2, "Stream upload")]
    public async Task A_stream_without_a_range_and_a_length_is_accepted_with_202()
    {
        Answer answer = (await Http.StreamAsync("PATCH", await BeginUploadAsync(), new MemoryStream(blob.Bytes))).Is(202);
        Assert.Equal("0-2999", answer["Range"]);
        (await Http.SendAsync("PUT", With(Location(answer), "digest=" + blob.Digest))).Is(201);
        await IsThereAsync();
    }

    [Fact, Spec(DockerV2, "Stream upload")]
    public async Task Streams_without_ranges_follow_each_other()
    {
        string location = await BeginUploadAsync();
        foreach (byte[] part in (byte[][])[blob.Bytes[..1234], blob.Bytes[1234..]])
            location = Location((await Http.StreamAsync("PATCH", location, new MemoryStream(part))).Is(202));
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Is(201);
        await IsThereAsync();
    }

    [Fact, Reference(Debian, AppendsAlways)]
    public async Task A_chunk_out_of_order_is_answered_with_416_and_how_far_it_is()
    {
        string location = Location((await ChunkAsync(await BeginUploadAsync(), 0, 1000)).Is(202));
        Answer answer = (await ChunkAsync(location, 2000, 1000)).Is(Differs(416, 202));
        Assert.Equal(Differs("0-999", "0-1999"), answer["Range"]);
        if (Registry.IsReference) return;
        location = Location(answer);
        location = Location((await ChunkAsync(location, 1000, 1000)).Is(202));
        location = Location((await ChunkAsync(location, 2000, 1000)).Is(202));
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Is(201);
        await IsThereAsync();
    }

    [Fact, Reference(Debian, AppendsAlways)]
    public async Task A_first_chunk_that_is_not_the_first_is_answered_with_416()
    {
        (await ChunkAsync(await BeginUploadAsync(), 1000, 1000)).Is(Differs(416, 202));
    }

    [Fact, Reference(Debian, AppendsAlways)]
    public async Task A_chunk_that_came_before_is_answered_with_416_and_how_far_it_is()
    {
        string location = Location((await ChunkAsync(await BeginUploadAsync(), 0, 1000)).Is(202));
        Answer answer = (await ChunkAsync(location, 0, 1000)).Is(Differs(416, 202));
        Assert.Equal(Differs("0-999", "0-1999"), answer["Range"]);
    }

    [Fact, Spec(Distribution, "end-6"), Reference(Debian, AppendsAlways)]
    public async Task A_last_chunk_out_of_order_is_answered_with_416_and_the_upload_goes_on()
    {
        string location = Location((await ChunkAsync(await BeginUploadAsync(), 0, 1000)).Is(202));
        Answer answer = (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest), blob.Bytes[2000..], ("Content-Range", "2000-2999"))).Is(Differs(416, 400));
        if (Registry.IsReference) return;
        (await Http.SendAsync("PUT", With(Location(answer), "digest=" + blob.Digest), blob.Bytes[1000..], ("Content-Range", "1000-2999"))).Is(201);
        await IsThereAsync();
    }

    [Theory, Reference(Debian, AppendsAlways)]
    [InlineData("0-998")]
    [InlineData("0-1000")]
    public async Task A_chunk_of_another_length_than_its_range_is_refused(string range)
    {
        Answer answer = await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes[..1000], ("Content-Range", range));
        answer.Is(Registry.IsReference ? [202] : [400, 416]);
    }

    [Theory, Reference(Debian, AppendsAlways)]
    [InlineData("zero-999")]
    [InlineData("0")]
    [InlineData("999-0")]
    [InlineData("-1-998")]
    [InlineData("99999999999999999999-99999999999999999999")]
    public async Task A_range_that_is_none_is_refused(string range)
    {
        Answer answer = await Http.SendAsync("PATCH", await BeginUploadAsync(), blob.Bytes[..1000], ("Content-Range", range));
        answer.Is(Registry.IsReference ? [202] : [400, 416]);
    }

    [Fact, Spec(Distribution, "end-13")]
    public async Task An_interrupted_upload_goes_on_where_the_registry_says()
    {
        string location = Location((await ChunkAsync(await BeginUploadAsync(), 0, 1000)).Is(202));
        Answer status = (await Http.SendAsync("GET", location)).Is(204);
        int next = int.Parse(status["Range"]!.Split('-')[1]) + 1;
        location = Location((await ChunkAsync(Location(status), next, 3000 - next)).Is(202));
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Is(201);
        await IsThereAsync();
    }

    [Fact]
    public async Task Chunks_whose_blob_has_another_digest_are_answered_with_400_DIGEST_INVALID_and_nothing_stays()
    {
        string location = Location((await ChunkAsync(await BeginUploadAsync(), 0, 2000)).Is(202));
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest))).Fails(400, "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
        (await HeadAsync($"{Repository}/blobs/{new Blob(blob.Bytes[..2000]).Digest}")).Is(404);
    }

    [Fact]
    public async Task Uploads_at_the_same_time_do_not_mix()
    {
        Blob[] blobs = [.. Enumerable.Range(0, 6).Select(_ => Blob.Random(3000))];
        await Task.WhenAll(blobs.Select(async mine =>
        {
            string location = await BeginUploadAsync();
            for (int from = 0; from < 3000; from += 500)
                location = Location((await Http.SendAsync("PATCH", location, mine.Bytes[from..(from + 500)], ("Content-Range", $"{from}-{from + 499}"))).Is(202));
            (await Http.SendAsync("PUT", With(location, "digest=" + mine.Digest))).Is(201);
        }));
        foreach (Blob mine in blobs) Assert.Equal(mine.Bytes, (await GetAsync($"{Repository}/blobs/{mine.Digest}")).Is(200).Body);
    }

    private Task<Answer> ChunkAsync(string location, int from, int length) =>
        Http.SendAsync("PATCH", location, blob.Bytes[from..(from + length)], ("Content-Range", $"{from}-{from + length - 1}"), ("Content-Type", "application/octet-stream"));

    private async Task IsThereAsync() => Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
}
