namespace Keelson.Registry.Tests.Conformance;

/// <summary>Blobs that a repository takes over from another.</summary>
[Spec(Distribution, "end-11")]
public abstract class MountTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private readonly string source = NewRepository();

    [Fact]
    public async Task A_blob_of_another_repository_is_taken_over_with_201()
    {
        Blob blob = await PushBlobAsync(null, source);
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}&from={source}")).Is(201);
        Assert.EndsWith($"/v2/{Repository}/blobs/{blob.Digest}", Location(answer), StringComparison.Ordinal);
        Assert.Equal(blob.Digest, answer["Docker-Content-Digest"]);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task Names_may_be_escaped_in_the_query()
    {
        Blob blob = await PushBlobAsync(null, source);
        (await PostAsync($"{Repository}/blobs/uploads/?from={Uri.EscapeDataString(source)}&mount={Uri.EscapeDataString(blob.Digest)}")).Is(201);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
    }

    [Fact]
    public async Task A_blob_that_is_taken_over_stays_where_it_was()
    {
        Blob blob = await PushBlobAsync(null, source);
        (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}&from={source}")).Is(201);
        (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202);
        Assert.Equal(blob.Bytes, (await GetAsync($"{source}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task A_blob_that_is_there_already_is_taken_over_with_201()
    {
        Blob blob = await PushBlobAsync(null, source);
        await PushBlobAsync(blob);
        (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}&from={source}")).Is(201);
    }

    [Fact]
    public async Task A_blob_that_the_source_does_not_have_is_uploaded_instead()
    {
        await PushBlobAsync(null, source);
        await IsUploadedInsteadAsync(Blob.Random(), $"&from={source}");
    }

    [Fact]
    public async Task A_source_that_does_not_exist_is_an_upload()
    {
        await IsUploadedInsteadAsync(Blob.Random(), $"&from={NewRepository()}");
    }

    [Theory]
    [InlineData("UPPER")]
    [InlineData("../other")]
    [InlineData("")]
    public async Task A_source_that_is_no_repository_is_an_upload_or_an_error(string name)
    {
        Answer answer = await PostAsync($"{Repository}/blobs/uploads/?mount={Blob.Random().Digest}&from={name}");
        if (answer.Status != 202) answer.Fails(400, "NAME_INVALID");
    }

    [Fact]
    public async Task A_mount_of_what_is_no_digest_is_an_upload_or_an_error()
    {
        await PushBlobAsync(null, source);
        Answer answer = await PostAsync($"{Repository}/blobs/uploads/?mount=latest&from={source}");
        if (answer.Status != 202) answer.Fails(400, "DIGEST_INVALID");
    }

    [Fact, Reference(Debian, "without a source it looks nowhere: 202")]
    public async Task Without_a_source_the_registry_looks_in_all_that_the_client_may_read()
    {
        Blob blob = await PushBlobAsync(null, source);
        await PushAsync(Document.Image(blob, []), "1", source);
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}")).Is(Differs(201, 202));
        if (Registry.IsReference) return;
        Assert.EndsWith($"/v2/{Repository}/blobs/{blob.Digest}", Location(answer), StringComparison.Ordinal);
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact]
    public async Task Without_a_source_a_blob_that_nobody_has_is_uploaded()
    {
        await IsUploadedInsteadAsync(Blob.Random(), "");
    }

    private async Task IsUploadedInsteadAsync(Blob blob, string from)
    {
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}{from}")).Is(202);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(404);
        (await Http.SendAsync("PUT", With(Location(answer), "digest=" + blob.Digest), blob.Bytes)).Is(201);
        (await HeadAsync($"{Repository}/blobs/{blob.Digest}")).Is(200);
    }
}
