using Keelson.Oci;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>Manifests that are read.</summary>
[Spec(Distribution, "end-3")]
public abstract class ManifestPullTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string Nowhere = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    [Fact]
    public async Task A_manifest_by_tag_is_answered_with_200_and_what_was_pushed_to_the_byte()
    {
        Document image = await PushImageAsync("1");
        Is(image, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200));
    }

    [Fact]
    public async Task A_manifest_by_digest_is_answered_with_200_and_what_was_pushed_to_the_byte()
    {
        Document image = await PushImageAsync("1");
        Is(image, (await GetAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(200));
    }

    [Fact]
    public async Task A_HEAD_has_the_same_headers_and_no_body()
    {
        Document image = await PushImageAsync("1");
        foreach (string reference in (string[])["1", image.Digest])
        {
            Answer answer = (await HeadAsync($"{Repository}/manifests/{reference}", AcceptAll)).Is(200);
            Assert.Empty(answer.Body);
            Is(image, answer with { Body = image.Bytes });
        }
    }

    [Fact]
    public async Task A_tag_that_is_not_there_is_answered_with_404_MANIFEST_UNKNOWN()
    {
        await PushImageAsync("1");
        (await GetAsync($"{Repository}/manifests/2", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN");
        Assert.Empty((await HeadAsync($"{Repository}/manifests/2", AcceptAll)).Is(404).Body);
    }

    [Fact]
    public async Task A_digest_that_is_not_there_is_answered_with_404_MANIFEST_UNKNOWN()
    {
        await PushImageAsync("1");
        (await GetAsync($"{Repository}/manifests/{Nowhere}", AcceptAll)).Fails(404, "MANIFEST_UNKNOWN");
        Assert.Empty((await HeadAsync($"{Repository}/manifests/{Nowhere}", AcceptAll)).Is(404).Body);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_answered_with_404()
    {
        (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Fails(404, "NAME_UNKNOWN", "MANIFEST_UNKNOWN");
        (await GetAsync($"{Repository}/manifests/{Nowhere}", AcceptAll)).Fails(404, "NAME_UNKNOWN", "MANIFEST_UNKNOWN");
    }

    [Fact, Reference(Debian, "it tries to read the blob: 500")]
    public async Task A_blob_is_no_manifest()
    {
        Blob blob = await PushBlobAsync();
        (await GetAsync($"{Repository}/manifests/{blob.Digest}", AcceptAll)).Fails(Differs(404, 500), Differs<string[]>(["MANIFEST_UNKNOWN", "NAME_UNKNOWN"], ["UNKNOWN"]));
    }

    [Theory]
    [InlineData("sha256:00000000000000000000000000000000")]
    [InlineData("sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [Reference(Debian, "it looks for a tag of that name: 500, with the path of the file")]
    public async Task What_has_a_colon_and_is_no_digest_is_answered_with_400_DIGEST_INVALID(string digest)
    {
        await PushImageAsync("1");
        (await GetAsync($"{Repository}/manifests/{digest}", AcceptAll)).Fails(Differs(400, 500), Differs("DIGEST_INVALID", "UNKNOWN"));
    }

    [Theory]
    [InlineData(MediaTypes.OciManifest)]
    [InlineData("text/html;q=0.1, " + MediaTypes.OciManifest + ";q=0.9")]
    [InlineData(MediaTypes.DockerManifest + "," + MediaTypes.OciIndex + "," + MediaTypes.OciManifest)]
    public async Task A_manifest_is_given_to_who_accepts_its_type(string accept)
    {
        Document image = await PushImageAsync("1");
        Is(image, (await GetAsync($"{Repository}/manifests/1", ("Accept", accept))).Is(200));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("*/*")]
    [InlineData("application/*")]
    [Reference(Debian, "an OCI manifest is given to nobody who does not accept it by its name: 404")]
    public async Task A_manifest_is_given_to_who_accepts_anything(string? accept)
    {
        Document image = await PushImageAsync("1");
        Answer answer = accept is null ? await GetAsync($"{Repository}/manifests/1") : await GetAsync($"{Repository}/manifests/1", ("Accept", accept));
        if (Registry.IsReference) answer.Fails(404, "MANIFEST_UNKNOWN");
        else Is(image, answer.Is(200));
    }

    [Fact, Reference(Debian, "the manifest for amd64 is taken out of a list of docker's for who does not accept lists")]
    public async Task A_list_is_never_answered_with_one_of_its_manifests()
    {
        Document child = await PushAsync(Document.DockerImage(await PushBlobAsync(), await PushBlobAsync()));
        Document list = await PushAsync(Document.Index(MediaTypes.DockerIndex, child), "1");
        Answer answer = await GetAsync($"{Repository}/manifests/1", ("Accept", MediaTypes.DockerManifest));
        if (Registry.IsReference) Is(child, answer.Is(200));
        else if (answer.Status == 200) Is(list, answer);
        else answer.Is(404, 406);
    }

    [Fact, Reference(Debian, "a manifest of docker's is rewritten to schema 1 for who does not accept it, here in vain: the configuration is no image's")]
    public async Task A_manifest_of_docker_is_never_rewritten()
    {
        Document image = await PushAsync(Document.DockerImage(await PushBlobAsync(), await PushBlobAsync()), "1");
        Answer answer = await GetAsync($"{Repository}/manifests/1");
        if (Registry.IsReference) answer.Fails(400, "MANIFEST_INVALID");
        else Is(image, answer.Is(200));
    }

    [Fact, Spec("RFC 9110", "13.1.2")]
    public async Task A_manifest_that_the_client_has_is_answered_with_304()
    {
        Document image = await PushImageAsync("1");
        string tag = (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200)["ETag"]!;
        Assert.Contains(image.Digest, tag, StringComparison.Ordinal);
        Assert.Empty((await GetAsync($"{Repository}/manifests/1", AcceptAll, ("If-None-Match", tag))).Is(304).Body);
        await PushImageAsync("1");
        (await GetAsync($"{Repository}/manifests/1", AcceptAll, ("If-None-Match", tag))).Is(200);
    }

    [Fact, Spec(Distribution, "Registry Proxying")]
    public async Task The_namespace_that_a_proxy_is_asked_for_does_not_matter_to_a_registry()
    {
        Document image = await PushImageAsync("1");
        Is(image, (await GetAsync($"{Repository}/manifests/1?ns=example.org", AcceptAll)).Is(200));
    }

    private static void Is(Document document, Answer answer)
    {
        Assert.Equal(document.Bytes, answer.Body);
        Assert.Equal((document.MediaType, document.Digest, document.Bytes.Length.ToString()), (answer["Content-Type"], answer["Docker-Content-Digest"], answer["Content-Length"]));
    }
}
