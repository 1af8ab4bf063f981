using System.Text.Json;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>Clients that do different things to one repository at the same time.</summary>
public abstract class ConcurrencyTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    [Fact, Spec(Distribution, "end-7")]
    public async Task A_tag_that_many_push_is_one_of_theirs_and_every_manifest_is_there()
    {
        Blob config = await PushBlobAsync();
        Document[] images = [.. Enumerable.Range(0, 10).Select(i => Document.Image(config, [], $$""","annotations":{"org.example.i":"{{i}}"}"""))];
        await Task.WhenAll(images.Select(image => PushAsync(image, "1")));
        Answer answer = (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200);
        Assert.Contains(images, image => image.Digest == answer["Docker-Content-Digest"] && image.Bytes.AsSpan().SequenceEqual(answer.Body));
        foreach (Document image in images) (await HeadAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(200);
    }

    [Fact, Spec(Distribution, "end-8a")]
    public async Task Tags_that_are_pushed_at_the_same_time_are_all_listed()
    {
        Document image = await PushImageAsync();
        string[] tags = [.. Enumerable.Range(0, 30).Select(i => $"t{i:D2}")];
        Task<Answer>[] lists = [.. Enumerable.Range(0, 10).Select(_ => GetAsync($"{Repository}/tags/list"))];
        await Task.WhenAll(tags.Select(tag => PushAsync(image, tag)));
        foreach (Answer list in await Task.WhenAll(lists)) list.Is(200, 404);
        Answer answer = (await GetAsync($"{Repository}/tags/list")).Is(200);
        Assert.Equal(tags, answer.Json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!).Order());
    }

    [Fact, Spec(Distribution, "end-3"), Reference(Debian, "2.8.2 writes the tag's file in place: who reads it empty is answered with 500")]
    public async Task Who_reads_a_tag_while_it_moves_gets_one_manifest_or_the_other()
    {
        Blob config = await PushBlobAsync();
        Document[] images = [.. Enumerable.Range(0, 2).Select(i => Document.Image(config, [], $$""","annotations":{"org.example.i":"{{i}}"}"""))];
        foreach (Document image in images) await PushAsync(image, "1");
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 40; i++) await PushAsync(images[i % 2], "1");
        });
        while (!writing.IsCompleted)
        {
            Answer answer = await GetAsync($"{Repository}/manifests/1", AcceptAll);
            if (Registry.IsReference && answer.Status == 500) continue;
            Assert.Equal(answer.Is(200)["Docker-Content-Digest"], new Blob(answer.Body).Digest);
        }
        await writing;
    }

    [Fact, Spec(Distribution, "end-5")]
    public async Task Two_chunks_of_one_upload_at_the_same_time_do_not_mix()
    {
        Blob blob = Blob.Random(400_000);
        string location = await BeginUploadAsync();
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Http.SendAsync("PATCH", location, blob.Bytes, ("Content-Range", "0-399999"))));
        Assert.Contains(answers, answer => answer.Status == 202);
        Answer first = answers.First(answer => answer.Status == 202);
        // Whatever became of the second one: what is stored is what its digest says, or nothing.
        Answer end = await Http.SendAsync("PUT", With(Location(first), "digest=" + blob.Digest));
        Answer read = await GetAsync($"{Repository}/blobs/{blob.Digest}");
        if (end.Status == 201) Assert.Equal(blob.Digest, new Blob(read.Is(200).Body).Digest);
        else read.Is(404);
    }

    [Fact, Spec(DockerV2, "Listing Repositories")]
    public async Task Repositories_that_are_made_at_the_same_time_are_all_listed()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"{Repository}/r{i:D2}")];
        await Task.WhenAll(names.Select(name => PushImageAsync("1", name)));
        JsonElement listed = (await GetAsync($"_catalog?last={Repository}&n=100")).Is(200).Json.GetProperty("repositories");
        Assert.Equal(names, listed.EnumerateArray().Select(name => name.GetString()!).Where(name => name.StartsWith(Repository + "/", StringComparison.Ordinal)));
    }
}
