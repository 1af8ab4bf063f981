using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>What is about a manifest. distribution 2.8.2 has none of it.</summary>
[Spec(Distribution, "end-12a")]
[Spec(Distribution, "end-12b")]
[Reference(Debian, "2.8.2 has no referrers: 404")]
public abstract class ReferrerTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string Sbom = "application/vnd.example.sbom", Signature = "application/vnd.example.signature";

    [Fact]
    public async Task What_nothing_is_about_has_an_empty_index_with_200()
    {
        Document image = await PushImageAsync("1");
        Assert.Empty(Manifests(await ReferrersAsync(image.Digest)));
    }

    [Fact]
    public async Task A_digest_that_is_not_there_has_an_empty_index_with_200()
    {
        await PushBlobAsync();
        Assert.Empty(Manifests(await ReferrersAsync(Blob.Random().Digest)));
    }

    [Fact]
    public async Task A_referrer_is_listed_with_its_type_size_artifact_type_and_annotations()
    {
        Document image = await PushImageAsync("1"), about = await PushAboutAsync(image, Sbom);
        JsonElement referrer = Assert.Single(Manifests(await ReferrersAsync(image.Digest)));
        Assert.Equal((MediaTypes.OciManifest, about.Digest, about.Bytes.Length, Sbom),
            (Text(referrer, "mediaType"), Text(referrer, "digest"), referrer.GetProperty("size").GetInt32(), Text(referrer, "artifactType")));
        Assert.Equal("a", Text(referrer.GetProperty("annotations"), "org.example.a"));
    }

    [Fact]
    public async Task The_answer_is_an_OCI_index()
    {
        Document image = await PushImageAsync("1");
        await PushAboutAsync(image, Sbom);
        Answer answer = await ReferrersAsync(image.Digest);
        Assert.Equal((2, MediaTypes.OciIndex), (answer.Json.GetProperty("schemaVersion").GetInt32(), Text(answer.Json, "mediaType")));
        Assert.Null(answer["OCI-Filters-Applied"]);
    }

    [Fact]
    public async Task A_referrer_without_an_artifact_type_has_that_of_its_configuration()
    {
        Document image = await PushImageAsync("1");
        Blob config = await PushBlobAsync();
        await PushAsync(new Document(MediaTypes.OciManifest, $$"""
            { "schemaVersion": 2, "mediaType": "{{MediaTypes.OciManifest}}", "config": {{config.Descriptor("application/vnd.example.config")}}, "layers": [], "subject": {{image.Descriptor}} }
            """));
        Assert.Equal("application/vnd.example.config", Text(Assert.Single(Manifests(await ReferrersAsync(image.Digest))), "artifactType"));
    }

    [Fact]
    public async Task An_index_is_a_referrer_too()
    {
        Document image = await PushImageAsync("1");
        Document index = await PushAsync(new Document(MediaTypes.OciIndex, $$"""
            { "schemaVersion": 2, "mediaType": "{{MediaTypes.OciIndex}}", "artifactType": "{{Sbom}}", "manifests": [], "subject": {{image.Descriptor}} }
            """));
        JsonElement referrer = Assert.Single(Manifests(await ReferrersAsync(image.Digest)));
        Assert.Equal((MediaTypes.OciIndex, index.Digest, Sbom), (Text(referrer, "mediaType"), Text(referrer, "digest"), Text(referrer, "artifactType")));
    }

    [Fact]
    public async Task Referrers_are_filtered_by_their_type_and_the_registry_says_so()
    {
        Document image = await PushImageAsync("1"), wanted = await PushAboutAsync(image, Sbom);
        await PushAboutAsync(image, Signature);
        Answer answer = await ReferrersAsync(image.Digest, "?artifactType=" + Uri.EscapeDataString(Sbom));
        Assert.Equal(wanted.Digest, Text(Assert.Single(Manifests(answer)), "digest"));
        Assert.Equal("artifactType", answer["OCI-Filters-Applied"]);
        Assert.Empty(Manifests(await ReferrersAsync(image.Digest, "?artifactType=application%2Fnone")));
        Assert.Equal(2, Manifests(await ReferrersAsync(image.Digest)).Length);
    }

    [Fact]
    public async Task Referrers_that_came_before_what_they_are_about_are_listed()
    {
        Document image = Document.Image(await PushBlobAsync(), [await PushBlobAsync()]), about = await PushAboutAsync(image, Sbom);
        Assert.Equal(about.Digest, Text(Assert.Single(Manifests(await ReferrersAsync(image.Digest))), "digest"));
        await PushAsync(image, "1");
        Assert.Single(Manifests(await ReferrersAsync(image.Digest)));
    }

    [Fact]
    public async Task A_referrer_that_is_pushed_twice_is_listed_once()
    {
        Document image = await PushImageAsync("1"), about = await PushAboutAsync(image, Sbom);
        await PushAsync(about);
        await PushAsync(about, "sbom");
        Assert.Single(Manifests(await ReferrersAsync(image.Digest)));
    }

    [Fact, Spec(Distribution, "end-9")]
    public async Task A_referrer_that_is_deleted_is_listed_no_more()
    {
        Document image = await PushImageAsync("1"), gone = await PushAboutAsync(image, Sbom), stays = await PushAboutAsync(image, Signature);
        (await DeleteAsync($"{Repository}/manifests/{gone.Digest}")).Is(202);
        Assert.Equal(stays.Digest, Text(Assert.Single(Manifests(await ReferrersAsync(image.Digest))), "digest"));
    }

    [Fact]
    public async Task Referrers_belong_to_their_repository()
    {
        Document image = await PushImageAsync("1");
        await PushAboutAsync(image, Sbom);
        string other = NewRepository();
        await PushBlobAsync(null, other);
        Assert.Empty(Manifests(await ReferrersAsync(image.Digest, "", other)));
    }

    [Fact]
    public async Task A_referrer_may_have_referrers()
    {
        Document image = await PushImageAsync("1"), sbom = await PushAboutAsync(image, Sbom), signature = await PushAboutAsync(sbom, Signature);
        Assert.Equal(sbom.Digest, Text(Assert.Single(Manifests(await ReferrersAsync(image.Digest))), "digest"));
        Assert.Equal(signature.Digest, Text(Assert.Single(Manifests(await ReferrersAsync(sbom.Digest))), "digest"));
    }

    [Fact]
    public async Task All_pages_of_referrers_together_are_all_once()
    {
        Document image = await PushImageAsync("1");
        List<string> pushed = [];
        for (int i = 0; i < 30; i++) pushed.Add((await PushAboutAsync(image, Sbom, $"{i}")).Digest);
        Answer page = await ReferrersAsync(image.Digest);
        List<string> listed = [.. Manifests(page).Select(manifest => Text(manifest, "digest")!)];
        while (page["Link"] is not null)
        {
            page = (await Http.SendAsync("GET", page.Next(Registry.Address))).Is(200);
            listed.AddRange(Manifests(page).Select(manifest => Text(manifest, "digest")!));
        }
        Assert.Equal(pushed.Order(), listed.Order());
    }

    [Fact]
    public async Task Referrers_that_are_pushed_at_the_same_time_are_all_listed()
    {
        Document image = await PushImageAsync("1");
        await PushBlobAsync(Document.Empty);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => PushAsync(Document.About(image, Sbom, $"{i}"))));
        Assert.Equal(12, Manifests(await ReferrersAsync(image.Digest)).Length);
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("sha256:0")]
    public async Task What_is_no_digest_is_answered_with_400(string digest)
    {
        await PushImageAsync("latest");
        (await GetAsync($"{Repository}/referrers/{digest}")).Fails(400, "DIGEST_INVALID");
    }

    private static JsonElement[] Manifests(Answer answer) => [.. answer.Json.GetProperty("manifests").EnumerateArray()];

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private async Task<Answer> ReferrersAsync(string digest, string query = "", string? repository = null)
    {
        Answer answer = (await GetAsync($"{repository ?? Repository}/referrers/{digest}{query}")).Is(200);
        Assert.Equal(MediaTypes.OciIndex, answer["Content-Type"]);
        return answer;
    }

    private async Task<Document> PushAboutAsync(Document subject, string artifactType, string annotation = "a")
    {
        await PushBlobAsync(Document.Empty);
        return await PushAsync(Document.About(subject, artifactType, annotation));
    }
}
