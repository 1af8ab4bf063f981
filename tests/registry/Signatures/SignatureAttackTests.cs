using System.Net;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Auth;
using static Keelson.Registry.Tests.Signatures.SignaturesOfTests;

namespace Keelson.Registry.Tests.Signatures;

/// <summary>Signatures that are none, and images that would pass for signatures.</summary>
public sealed class SignatureAttackTests : IAsyncLifetime
{
    private const string Place = "signed/app";
    private readonly OpenSslKeys keys = new();
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;
    private byte[] image = null!;

    public async ValueTask InitializeAsync()
    {
        Programs.Need("openssl");
        string[] files = [keys.Make("release"), keys.Make("rsa", "RSA -pkeyopt rsa_keygen_bits:2048")];
        keys.Make("stranger");
        registry = await KeelsonRegistry.StartAsync(null, new RegistryOptions { AllowsDelete = true, Signatures = [new() { Repositories = [RepositoryPattern.Parse("signed/**")], Keys = files, GuardsPushes = false }] });
        client = registry.Client();
        image = await client.PushImageAsync(Place, "1");
    }

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        if (registry is not null) await registry.DisposeAsync();
        keys.Dispose();
    }

    [Fact]
    public async Task A_signature_of_another_image_is_none()
    {
        byte[] other = await client.PushImageAsync(Place, "2"), payload = Payload(other);
        await StaysRefusedAsync(payload, keys.Sign("release", payload));
    }

    [Fact]
    public async Task A_signature_by_another_key_is_none()
    {
        byte[] payload = Payload(image);
        await StaysRefusedAsync(payload, keys.Sign("stranger", payload));
    }

    [Fact]
    public async Task A_signature_by_one_key_does_not_serve_for_another_document()
    {
        byte[] other = Payload(Pushes.Random());
        await StaysRefusedAsync(Payload(image), keys.Sign("release", other));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64!")]
    [InlineData("MAYCAQACAQA=")]
    [InlineData("MAYCAQECAQE=")]
    public async Task What_is_no_signature_is_none(string signature) => await StaysRefusedAsync(Payload(image), signature);

    [Fact]
    public async Task A_signature_that_is_too_long_is_none() => await StaysRefusedAsync(Payload(image), Convert.ToBase64String(new byte[100_000]));

    [Theory]
    [InlineData("-sigopt", "rsa_padding_mode:pss")]
    [InlineData("-sha1", null)]
    [InlineData("-sha512", null)]
    public async Task Another_padding_or_hash_than_the_key_is_for_is_none(string option, string? value)
    {
        byte[] payload = Payload(image);
        await StaysRefusedAsync(payload, keys.Sign("rsa", payload, value is null ? [option] : [option, value]));
    }

    [Theory]
    [InlineData("""{"critical":{"image":{"docker-manifest-digest":"DIGEST"},"type":"something else"}}""")]
    [InlineData("""{"critical":{"image":{"docker-manifest-digest":"DIGEST"}}}""")]
    [InlineData("""{"critical":{"image":{"docker-manifest-digest":"OTHER"},"type":"cosign container image signature"},"critical":{"image":{"docker-manifest-digest":"DIGEST"},"type":"cosign container image signature"}}""")]
    [InlineData("""{"critical":{"image":{"docker-manifest-digest":["DIGEST"]},"type":"cosign container image signature"}}""")]
    [InlineData("""{"optional":{"critical":{"image":{"docker-manifest-digest":"DIGEST"},"type":"cosign container image signature"}}}""")]
    [InlineData("""["DIGEST"]""")]
    [InlineData("DIGEST")]
    [InlineData("")]
    public async Task A_signed_document_that_says_something_else_is_none(string text)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text.Replace("DIGEST", Digest.Of(image).ToString(), StringComparison.Ordinal).Replace("OTHER", Digest.Of(Pushes.Random()).ToString(), StringComparison.Ordinal));
        await StaysRefusedAsync(payload, keys.Sign("release", payload));
    }

    [Fact]
    public async Task A_document_that_is_huge_is_none()
    {
        byte[] huge = [.. Payload(image), .. Enumerable.Repeat((byte)' ', 70_000)];
        await StaysRefusedAsync(huge, keys.Sign("release", huge));
    }

    [Fact]
    public async Task A_document_that_is_deep_is_none()
    {
        byte[] deep = Encoding.UTF8.GetBytes($$$"""{"optional":{{{new string('[', 5000)}}}{{{new string(']', 5000)}}},"critical":{"image":{"docker-manifest-digest":"{{{Digest.Of(image)}}}"},"type":"cosign container image signature"}}""");
        await StaysRefusedAsync(deep, keys.Sign("release", deep));
    }

    [Fact]
    public async Task A_document_whose_file_was_changed_is_none()
    {
        byte[] payload = Payload(image), other = Payload(await client.PushImageAsync(Place, "2"));
        await PushAsync(client, Place, Tag(image), Manifest([(other, keys.Sign("release", payload))]), other);
        // As if somebody had written over it in the store: the document is right, and not the one that the manifest names.
        Digest named = Digest.Of(other);
        await registry.Driver.WriteAsync($"docker/registry/v2/blobs/sha256/{named.Hex[..2]}/{named.Hex}/data", payload);
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync($"/v2/{Place}/manifests/1"));
    }

    [Fact]
    public async Task A_right_signature_among_false_ones_counts()
    {
        byte[] payload = Payload(image), other = Payload(Pushes.Random());
        await PushAsync(client, Place, Tag(image), Manifest([(payload, "AAAA"), (other, keys.Sign("release", other)), (payload, keys.Sign("stranger", payload)), (payload, keys.Sign("release", payload))]), payload, other);
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/manifests/1"));
    }

    [Fact]
    public async Task A_signature_in_another_repository_is_none_here()
    {
        byte[] payload = Payload(image);
        await PushAsync(client, "signed/other", Tag(image), Manifest([(payload, keys.Sign("release", payload))]), payload);
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync($"/v2/{Place}/manifests/1"));
    }

    [Theory]
    [InlineData("its tag")]
    [InlineData("a subject")]
    [InlineData("a document among its layers")]
    public async Task An_image_that_calls_itself_a_signature_is_an_image(string disguise)
    {
        byte[] layer = Pushes.Random(), payload = Payload(image);
        string layers = $$"""{"mediaType":"{{MediaTypes.OciLayerGzip}}","digest":"{{Digest.Of(layer)}}","size":{{layer.Length}}}""";
        if (disguise == "a document among its layers") layers += $$""",{"mediaType":"{{SimpleSigning}}","digest":"{{Digest.Of(payload)}}","size":{{payload.Length}}}""";
        byte[] hidden = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{Digest.Of("{}"u8)}}","size":2},"layers":[{{layers}}]{{(disguise == "a subject" ? About(image) : "")}}}""");
        string tag = disguise == "its tag" ? Tag(image) : "hidden";
        await PushAsync(client, Place, tag, hidden, layer, payload);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await client.HeadAsync($"/v2/{Place}/manifests/{tag}"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(hidden)}")));
    }

    [Theory]
    [InlineData("ED25519", "neither ECDSA nor RSA")]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:1024", "1024 bits")]
    [InlineData("EC -pkeyopt ec_paramgen_curve:secp256k1", "the curve")]
    public void A_key_that_is_weak_or_cannot_be_used_is_refused_at_the_start(string kind, string reason)
    {
        string file = keys.Make("odd", kind);
        KeelsonException error = Assert.Throws<KeelsonException>(() => Start(file));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_file_without_a_key_is_refused_at_the_start(string contents)
    {
        File.WriteAllText(keys.Public("odd"), contents);
        Assert.Throws<KeelsonException>(() => Start(keys.Public("odd")));
    }

    private static void Start(string file)
    {
        using RegistryServer server = new(new Keelson.Registry.Storage.MemoryDriver(), new RegistryOptions { Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = [file] }] },
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
    }

    private async Task StaysRefusedAsync(byte[] payload, string signature)
    {
        await PushAsync(client, Place, Tag(image), Manifest([(payload, signature)]), payload);
        await PushAsync(client, Place, null, Manifest([(payload, signature)], About(image), CosignArtifact), payload);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await client.HeadAsync($"/v2/{Place}/manifests/1"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(image)}")));
        // It is the signature that is not right, and not the way that it is shown.
        byte[] right = Payload(image);
        await PushAsync(client, Place, null, Manifest([(right, keys.Sign("release", right))], About(image), CosignArtifact), right);
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/manifests/1"));
    }
}
