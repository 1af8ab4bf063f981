namespace Keelson.Registry.Tests.Conformance;

/// <summary>Parts of blobs.</summary>
[Spec(Distribution, "Pulling blobs")]
[Spec("RFC 9110", "14")]
public abstract class BlobRangeTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private readonly Blob blob = new("0123456789");

    [Theory]
    [InlineData("bytes=0-3", "0123", "bytes 0-3/10")]
    [InlineData("bytes=3-5", "345", "bytes 3-5/10")]
    [InlineData("bytes=9-9", "9", "bytes 9-9/10")]
    [InlineData("bytes=7-", "789", "bytes 7-9/10")]
    [InlineData("bytes=0-", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-50", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=8-50", "89", "bytes 8-9/10")]
    public async Task A_range_is_answered_with_206_and_what_it_is(string range, string expected, string contentRange)
    {
        await PushBlobAsync(blob);
        Answer answer = (await GetAsync($"{Repository}/blobs/{blob.Digest}", ("Range", range))).Is(206);
        Assert.Equal((expected, contentRange, expected.Length.ToString()), (answer.Text, answer["Content-Range"], answer["Content-Length"]));
    }

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=10-20")]
    [InlineData("bytes=-0")]
    [Reference(Debian, "the answer has the blob's length and ends before it; a suffix of nothing is answered with 206 and nothing")]
    public async Task A_range_beyond_the_end_is_answered_with_416_and_the_length(string range)
    {
        await PushBlobAsync(blob);
        Answer answer = await GetAsync($"{Repository}/blobs/{blob.Digest}", ("Range", range));
        if (Registry.IsReference) Assert.Equal((range == "bytes=-0" ? 206 : 416, range == "bytes=-0"), (answer.Status, answer.IsWhole));
        else Assert.Equal("bytes */10", answer.Is(416)["Content-Range"]);
    }

    [Fact]
    public async Task A_range_of_an_empty_blob_is_answered_with_416_or_with_all_of_it()
    {
        Blob empty = await PushBlobAsync(new Blob(""));
        Answer answer = (await GetAsync($"{Repository}/blobs/{empty.Digest}", ("Range", "bytes=0-"))).Is(200, 416);
        if (answer.Status == 200) Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task Several_ranges_are_answered_part_by_part_or_as_a_whole()
    {
        await PushBlobAsync(blob);
        Answer answer = (await GetAsync($"{Repository}/blobs/{blob.Digest}", ("Range", "bytes=0-1,4-5"))).Is(200, 206);
        if (answer.Status == 200) Assert.Equal("0123456789", answer.Text);
        else Assert.StartsWith("multipart/byteranges", answer["Content-Type"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lines=0-3")]
    [InlineData("bytes")]
    [InlineData("bytes=3-1")]
    [InlineData("bytes=a-b")]
    [Reference(Debian, "Go's ServeContent answers 416 where RFC 9110 14.2 has the header ignored")]
    public async Task A_range_that_is_none_is_ignored(string range)
    {
        await PushBlobAsync(blob);
        Answer answer = await GetAsync($"{Repository}/blobs/{blob.Digest}", ("Range", range));
        if (Registry.IsReference) Assert.Equal(416, answer.Status);
        else Assert.Equal("0123456789", answer.Is(200).Text);
    }

    [Fact, Reference(Debian, "Go's ServeContent answers 206 to a HEAD, where RFC 9110 14.2 has the header ignored")]
    public async Task A_range_of_a_HEAD_is_ignored()
    {
        await PushBlobAsync(blob);
        Answer answer = (await HeadAsync($"{Repository}/blobs/{blob.Digest}", ("Range", "bytes=0-3"))).Is(Differs(200, 206));
        Assert.Equal(Differs("10", "4"), answer["Content-Length"]);
    }

    [Fact]
    public async Task A_blob_says_that_it_can_be_had_in_parts()
    {
        await PushBlobAsync(blob);
        Assert.Equal("bytes", (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200)["Accept-Ranges"]);
    }

    [Fact]
    public async Task A_range_is_heeded_only_while_the_content_is_what_the_client_began_with()
    {
        await PushBlobAsync(blob);
        string path = $"{Repository}/blobs/{blob.Digest}", tag = (await GetAsync(path)).Is(200)["ETag"]!;
        Assert.Equal("0123", (await GetAsync(path, ("Range", "bytes=0-3"), ("If-Range", tag))).Is(206).Text);
        Assert.Equal("0123456789", (await GetAsync(path, ("Range", "bytes=0-3"), ("If-Range", "\"another\""))).Is(200).Text);
    }

    [Fact]
    public async Task The_parts_of_a_large_blob_are_the_blob()
    {
        Blob large = await PushBlobAsync(Blob.Random(3_000_000));
        List<byte> parts = [];
        for (int from = 0; from < 3_000_000; from += 1_000_000)
            parts.AddRange((await GetAsync($"{Repository}/blobs/{large.Digest}", ("Range", $"bytes={from}-{from + 999_999}"))).Is(206).Body);
        Assert.Equal(large.Digest, new Blob([.. parts]).Digest);
    }
}
