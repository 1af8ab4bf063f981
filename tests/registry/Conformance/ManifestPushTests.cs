using Keelson.Oci;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>Manifests and indexes that are pushed.</summary>
[Spec(Distribution, "end-7")]
public abstract class ManifestPushTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const int LimitBytes = 4 << 20;

    [Fact]
    public async Task A_manifest_by_tag_is_accepted_with_201_where_it_is_and_its_digest()
    {
        Document image = await MakeAsync();
        Answer answer = (await PutManifestAsync("1", image)).Is(201);
        Assert.Equal(image.Digest, answer["Docker-Content-Digest"]);
        Assert.Contains($"/v2/{Repository}/manifests/", Location(answer), StringComparison.Ordinal);
        Assert.Equal(image.Bytes, (await Http.SendAsync("GET", Location(answer), null, AcceptAll)).Is(200).Body);
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task A_manifest_by_digest_is_accepted_with_201_and_gets_no_tag()
    {
        Document image = await MakeAsync();
        Answer answer = (await PutManifestAsync(image.Digest, image)).Is(201);
        Assert.Equal(image.Digest, answer["Docker-Content-Digest"]);
        (await HeadAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(200);
        Answer tags = (await GetAsync($"{Repository}/tags/list")).Is(200, 404);
        if (tags.Status == 200) Assert.DoesNotContain(image.Digest, tags.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_by_another_digest_is_answered_with_400_DIGEST_INVALID()
    {
        Document image = await MakeAsync();
        (await PutManifestAsync(Blob.Random().Digest, image)).Fails(400, "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(404);
    }

    [Fact]
    public async Task A_tag_moves_to_the_manifest_that_is_pushed_last()
    {
        Document first = await PushImageAsync("1"), second = await PushImageAsync("1");
        Assert.Equal(second.Digest, (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(200)["Docker-Content-Digest"]);
        (await HeadAsync($"{Repository}/manifests/{first.Digest}", AcceptAll)).Is(200);
    }

    [Fact]
    public async Task A_manifest_may_be_pushed_again_and_have_many_tags()
    {
        Document image = await PushImageAsync("1");
        foreach (string tag in (string[])["1", "2", "latest"]) await PushAsync(image, tag);
        foreach (string tag in (string[])["1", "2", "latest"]) Assert.Equal(image.Digest, (await HeadAsync($"{Repository}/manifests/{tag}", AcceptAll)).Is(200)["Docker-Content-Digest"]);
    }

    [Fact]
    public async Task What_the_registry_does_not_know_in_a_manifest_stays_in_it()
    {
        Blob config = await PushBlobAsync(), layer = await PushBlobAsync();
        Document image = await PushAsync(Document.Image(config, [layer], """, "annotations": { "org.example.é": "ü" }, "org.example.unknown":  [ 1.50, null ]"""), "1");
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task A_type_with_parameters_is_the_type()
    {
        Document image = await MakeAsync();
        (await PutManifestAsync("1", image with { MediaType = image.MediaType + "; charset=utf-8" })).Is(201);
        Assert.Equal(image.MediaType, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200)["Content-Type"]);
    }

    [Fact]
    public async Task A_manifest_of_docker_is_accepted()
    {
        Document image = await PushAsync(Document.DockerImage(await PushBlobAsync(), await PushBlobAsync()), "1");
        Answer answer = (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200);
        Assert.Equal((MediaTypes.DockerManifest, image.Digest), (answer["Content-Type"], answer["Docker-Content-Digest"]));
    }

    [Theory]
    [InlineData(MediaTypes.OciIndex)]
    [InlineData(MediaTypes.DockerIndex)]
    public async Task An_index_is_accepted_once_its_manifests_are_there(string mediaType)
    {
        Document[] children = [await PushChildAsync(mediaType), await PushChildAsync(mediaType)];
        Document index = await PushAsync(Document.Index(mediaType, children), "1");
        Answer answer = (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200);
        Assert.Equal((mediaType, index.Digest), (answer["Content-Type"], answer["Docker-Content-Digest"]));
        Assert.Equal(index.Bytes, answer.Body);
    }

    [Fact]
    public async Task An_index_of_indexes_is_accepted()
    {
        Document inner = await PushAsync(Document.Index(MediaTypes.OciIndex, await PushImageAsync()));
        Document outer = await PushAsync(Document.Index(MediaTypes.OciIndex, inner), "1");
        Assert.Equal(outer.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task An_index_of_nothing_is_accepted()
    {
        await PushBlobAsync();
        await PushAsync(Document.Index(MediaTypes.OciIndex), "1");
    }

    [Theory]
    [InlineData(MediaTypes.OciIndex)]
    [InlineData(MediaTypes.DockerIndex)]
    public async Task An_index_without_one_of_its_manifests_is_refused_with_MANIFEST_BLOB_UNKNOWN(string mediaType)
    {
        Document there = await PushChildAsync(mediaType), missing = await MakeAsync();
        Answer answer = await PutManifestAsync("1", Document.Index(mediaType, there, missing));
        answer.Fails(answer.Is(400, 404).Status, "MANIFEST_BLOB_UNKNOWN");
        Assert.Contains(missing.Digest, answer.Text, StringComparison.Ordinal);
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
    }

    [Fact]
    public async Task A_manifest_without_a_layer_is_refused_with_MANIFEST_BLOB_UNKNOWN_and_which()
    {
        Blob layer = Blob.Random();
        Answer answer = await PutManifestAsync("1", Document.Image(await PushBlobAsync(), [await PushBlobAsync(), layer]));
        answer.Fails(answer.Is(400, 404).Status, "MANIFEST_BLOB_UNKNOWN");
        Assert.Contains(layer.Digest, answer.Text, StringComparison.Ordinal);
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
    }

    [Fact]
    public async Task A_manifest_without_its_configuration_is_refused_with_MANIFEST_BLOB_UNKNOWN()
    {
        Answer answer = await PutManifestAsync("1", Document.Image(Blob.Random(), [await PushBlobAsync()]));
        answer.Fails(answer.Is(400, 404).Status, "MANIFEST_BLOB_UNKNOWN");
    }

    [Fact, Reference(Debian, "manifests with URLs are refused unless the configuration allows them: 500")]
    public async Task A_layer_that_is_fetched_from_elsewhere_need_not_be_there()
    {
        Document image = Document.Image(await PushBlobAsync(), []);
        string foreign = Blob.Random().Descriptor(MediaTypes.OciForeignLayer)[..^1] + ""","urls":["https://example.org/layer"]}""";
        image = new(image.MediaType, System.Text.Encoding.UTF8.GetString(image.Bytes).Replace("[]", $"[{foreign}]", StringComparison.Ordinal));
        (await PutManifestAsync("1", image)).Is(Differs(201, 500));
        if (!Registry.IsReference) Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact]
    public async Task An_artifact_with_an_empty_configuration_is_accepted()
    {
        await PushBlobAsync(Document.Empty);
        Document artifact = new(MediaTypes.OciManifest, $$"""
            { "schemaVersion": 2, "mediaType": "{{MediaTypes.OciManifest}}", "artifactType": "application/vnd.example",
              "config": {{Document.Empty.Descriptor(MediaTypes.OciEmpty)}}, "layers": [{{Document.Empty.Descriptor(MediaTypes.OciEmpty)}}] }
            """);
        await PushAsync(artifact, "1");
        Assert.Equal(artifact.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
    }

    [Fact, Spec(Distribution, "Pushing Manifests with Subject"), Reference(Debian, "it has no referrers, and says so by leaving the header out")]
    public async Task What_is_about_a_manifest_that_is_not_there_is_accepted_with_201_and_OCI_Subject()
    {
        await PushBlobAsync(Document.Empty);
        Document subject = await MakeAsync(), about = Document.About(subject, "application/vnd.example");
        Answer answer = (await PutManifestAsync(about.Digest, about)).Is(201);
        Assert.Equal(Differs(subject.Digest, null!), answer["OCI-Subject"]);
    }

    [Fact, Spec(Distribution, "Pushing Manifests with Subject")]
    public async Task What_is_about_nothing_is_accepted_without_OCI_Subject()
    {
        Assert.Null((await PutManifestAsync("1", await MakeAsync())).Is(201)["OCI-Subject"]);
    }

    [Fact]
    public async Task A_manifest_of_4_MiB_is_accepted()
    {
        Document image = await PushAsync(await MakeAsync(LimitBytes), "1");
        Assert.Equal(LimitBytes, image.Bytes.Length);
        Assert.Equal(image.Digest, new Blob((await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body).Digest);
    }

    [Fact, Reference(Debian, "400 MANIFEST_INVALID")]
    public async Task A_manifest_of_more_than_4_MiB_is_answered_with_413()
    {
        Answer answer = await PutManifestAsync("1", await MakeAsync(LimitBytes + 1));
        answer.Is(Differs(413, 400));
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("""{"schemaVersion":2} {"schemaVersion":2}""")]
    [Reference(Debian, "null is answered with 500")]
    public async Task What_is_no_JSON_object_is_answered_with_400_MANIFEST_INVALID(string text)
    {
        await PushBlobAsync();
        Answer answer = await PutManifestAsync("1", new Document(MediaTypes.OciManifest, text));
        if (text == "null" && Registry.IsReference) answer.Fails(500, "UNKNOWN");
        else answer.Fails(400, "MANIFEST_INVALID");
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":"text","layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"latest","size":2},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":"2"},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"layers":{}}""")]
    public async Task A_manifest_of_the_wrong_shape_is_answered_with_400(string text)
    {
        await PushBlobAsync(Document.Empty);
        (await PutManifestAsync("1", new Document(MediaTypes.OciManifest, text))).Fails(400, "MANIFEST_INVALID", "DIGEST_INVALID");
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
    }

    [Fact]
    public async Task A_manifest_that_says_it_is_of_another_type_is_answered_with_400_MANIFEST_INVALID()
    {
        Document image = await MakeAsync();
        (await PutManifestAsync("1", image with { MediaType = MediaTypes.DockerManifest })).Fails(400, "MANIFEST_INVALID");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/vnd.oci.image.config.v1+json")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws")]
    public async Task A_type_that_is_no_manifest_is_refused(string mediaType)
    {
        Document image = await MakeAsync();
        Answer answer = await PutManifestAsync("1", new Document(mediaType, image.Bytes));
        answer.Fails(answer.Is(400, 415).Status);
    }

    [Fact, Reference(Debian, "it takes application/json for schema 1: 400")]
    public async Task JSON_is_of_the_type_that_it_says_itself()
    {
        Document image = await MakeAsync();
        (await PutManifestAsync("1", image with { MediaType = "application/json" })).Is(Differs(201, 400));
        if (!Registry.IsReference) Assert.Equal(image.MediaType, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200)["Content-Type"]);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("_")]
    [InlineData("V1.0-rc_1")]
    [InlineData("128")]
    public async Task A_tag_of_the_right_form_is_accepted(string tag)
    {
        if (tag == "128") tag = new string('t', 128);
        await PushImageAsync(tag);
        (await HeadAsync($"{Repository}/manifests/{tag}", AcceptAll)).Is(200);
    }

    [Theory]
    [InlineData("129")]
    [InlineData(".a")]
    [InlineData("-a")]
    [InlineData("a%20b")]
    [InlineData("a@b")]
    [InlineData("%C3%A9")]
    public async Task A_tag_of_another_form_is_refused(string tag)
    {
        if (tag == "129") tag = new string('t', 129);
        (await PutManifestAsync(tag, await MakeAsync())).Is(400, 404);
    }

    private Task<Document> PushChildAsync(string indexType) => indexType == MediaTypes.OciIndex ? PushImageAsync() : PushDockerImageAsync();

    private async Task<Document> PushDockerImageAsync() => await PushAsync(Document.DockerImage(await PushBlobAsync(), await PushBlobAsync()));

    /// <summary>A manifest whose blobs are there.</summary>
    private async Task<Document> MakeAsync() => Document.Image(await PushBlobAsync(), [await PushBlobAsync()]);

    /// <summary>The same, of a given length.</summary>
    private async Task<Document> MakeAsync(int length)
    {
        Blob config = await PushBlobAsync();
        int least = Make("").Bytes.Length;
        return Make(new string('a', length - least));

        Document Make(string filler) => Document.Image(config, [], $$""", "annotations": { "org.example.filler": "{{filler}}" }""");
    }
}
