using System.Net;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Tests.Auth;
using static Keelson.Registry.Tests.Signatures.SignaturesOfTests;

namespace Keelson.Registry.Tests.Signatures;

/// <summary>Images that are pulled and tagged when they are signed, and not otherwise. Keys and signatures are openssl's.</summary>
public sealed class SignaturePolicyTests : IAsyncLifetime
{
    private const string Place = "signed/app", Tagged = "tagged/app";
    private readonly OpenSslKeys keys = new();
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        Programs.Need("openssl");
        string[] files = [keys.Make("release"), keys.Make("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"), keys.Make("p384", "EC -pkeyopt ec_paramgen_curve:P-384")];
        keys.Make("stranger");
        registry = await KeelsonRegistry.StartAsync(null, new RegistryOptions
        {
            AllowsDelete = true,
            Signatures =
            [
                new() { Repositories = [RepositoryPattern.Parse("signed/**")], Keys = files },
                new() { Repositories = [RepositoryPattern.Parse("tagged/**")], Keys = files, GuardsPulls = false, GuardsPushes = true },
            ],
        });
        client = registry.Client();
    }

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        if (registry is not null) await registry.DisposeAsync();
        keys.Dispose();
    }

    [Fact]
    public async Task What_is_not_signed_is_not_pulled_by_tag_or_digest_and_the_reason_is_told()
    {
        byte[] image = await client.PushImageAsync(Place, "1");
        using HttpResponseMessage answer = await client.GetAsync($"/v2/{Place}/manifests/1");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using JsonDocument error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(("DENIED", $"{Place}@{Digest.Of(image)} cannot be pulled: no signature by a key that is trusted here"),
            (error.RootElement.GetProperty("errors")[0].GetProperty("code").GetString(), error.RootElement.GetProperty("errors")[0].GetProperty("message").GetString()));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await client.HeadAsync($"/v2/{Place}/manifests/1"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(image)}")));
        await client.PushImageAsync("open/app", "1");
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync("/v2/open/app/manifests/1"));
    }

    [Theory]
    [InlineData("release", true)]
    [InlineData("rsa", true)]
    [InlineData("p384", true)]
    [InlineData("release", false)]
    [InlineData("rsa", false)]
    public async Task What_is_signed_is_pulled_as_soon_as_its_signature_is_there(string key, bool isTag)
    {
        byte[] image = await client.PushImageAsync(Place, "1");
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync($"/v2/{Place}/manifests/1"));
        await SignAsync(Place, image, key, isTag);
        Assert.Equal(image, await client.GetByteArrayAsync($"/v2/{Place}/manifests/1"));
        Assert.Equal(image, await client.GetByteArrayAsync($"/v2/{Place}/manifests/{Digest.Of(image)}"));
    }

    [Fact]
    public async Task A_signature_that_is_deleted_counts_no_longer()
    {
        byte[] image = await client.PushImageAsync(Place, "1");
        await SignAsync(Place, image, "release", isTag: true);
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/manifests/1"));
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{Place}/manifests/{Tag(image)}");
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Forbidden), (gone.StatusCode, await client.HeadAsync($"/v2/{Place}/manifests/1")));
    }

    [Fact]
    public async Task Signatures_are_pulled_without_signatures_of_their_own()
    {
        byte[] image = await client.PushImageAsync(Place, "1");
        byte[] signature = await SignAsync(Place, image, "stranger", isTag: true), attached = await SignAsync(Place, image, "stranger", isTag: false);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await client.HeadAsync($"/v2/{Place}/manifests/{Tag(image)}"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(attached)}")));
        Assert.NotEqual(signature, attached);
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync($"/v2/{Place}/manifests/1"));
    }

    [Fact]
    public async Task The_parts_of_a_signed_index_are_pulled_with_it()
    {
        byte[] part = await client.PushImageAsync(Place, null), alone = await client.PushImageAsync(Place, null), index = Pushes.Index(part);
        (await client.PutManifestAsync(Place, "all", index, MediaTypes.OciIndex)).Dispose();
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await client.HeadAsync($"/v2/{Place}/manifests/all"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(part)}")));
        await SignAsync(Place, index, "release", isTag: true);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden),
            (await client.HeadAsync($"/v2/{Place}/manifests/all"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(part)}"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(alone)}")));
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{Place}/manifests/{Digest.Of(index)}");
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(part)}"));
    }

    [Fact]
    public async Task A_tag_is_set_to_what_is_signed_alone()
    {
        byte[] image = await client.PushImageAsync(Tagged, null);
        using HttpResponseMessage early = await client.PutManifestAsync(Tagged, "1", image), byQuery = await client.PutManifestAsync(Tagged, $"{Digest.Of(image)}?tag=1", image);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.NotFound), (early.StatusCode, byQuery.StatusCode, await client.HeadAsync($"/v2/{Tagged}/manifests/1")));
        Assert.Contains("cannot be tagged", await early.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await SignAsync(Tagged, image, "release", isTag: true);
        Assert.Equal(image, await client.PushAgainAsync(Tagged, "1", image));
    }

    [Fact]
    public async Task A_key_that_is_taken_out_of_its_file_counts_no_longer_and_a_new_one_does()
    {
        byte[] image = await client.PushImageAsync(Place, "1");
        await SignAsync(Place, image, "release", isTag: true);
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/manifests/1"));
        string right = File.ReadAllText(keys.Public("release"));
        File.WriteAllText(keys.Public("release"), File.ReadAllText(keys.Public("stranger")));
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync($"/v2/{Place}/manifests/1"));
        File.WriteAllText(keys.Public("release"), "no key");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await client.HeadAsync($"/v2/{Place}/manifests/1"));
        File.WriteAllText(keys.Public("release"), File.ReadAllText(keys.Public("stranger")) + right);
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/manifests/1"));
    }

    [Fact]
    public async Task Who_may_push_pulls_what_is_to_be_signed()
    {
        using Folder folder = new();
        using HtpasswdFile users = new(folder.Users(("reader", "r"), ("owner", "o")));
        AccessRules rules = AccessRules.Parse("""{"repositories":{"**":{"policies":[{"users":["reader"],"actions":["pull"]},{"users":["owner"],"actions":["*"]}]}}}"""u8);
        RuleAuthorizer authorizer = new(new BasicIdentitySource(users, "r"), rules);
        foreach (bool isExcepted in (bool[])[true, false])
        {
            await using KeelsonRegistry own = await KeelsonRegistry.StartAsync(null, new RegistryOptions
            {
                Authorizer = authorizer, Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = [keys.Public("release")], ExceptsPushers = isExcepted }],
            });
            using HttpClient owner = own.Client(), reader = own.Client();
            owner.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("owner:o"u8));
            reader.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("reader:r"u8));
            await owner.PushImageAsync("app", "1");
            Assert.Equal((isExcepted ? HttpStatusCode.OK : HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (await owner.HeadAsync("/v2/app/manifests/1"), await reader.HeadAsync("/v2/app/manifests/1")));
        }
    }

    [Theory]
    [InlineData("EC -pkeyopt ec_paramgen_curve:P-256", "ES256")]
    [InlineData("RSA -pkeyopt rsa_keygen_bits:2048", "PS256")]
    public async Task A_signature_of_notation_counts_under_its_root(string kind, string algorithm)
    {
        string root = keys.MakeCertificate("notary", kind);
        await using KeelsonRegistry own = await KeelsonRegistry.StartAsync(null, new RegistryOptions { Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = [root] }] });
        using HttpClient notary = own.Client();
        byte[] image = await notary.PushImageAsync("app", "1");
        await PushNotationAsync(notary, image, keys.Envelope("notary", Target(image), Header(algorithm), algorithm[0] == 'P'));
        Assert.Equal(image, await notary.GetByteArrayAsync("/v2/app/manifests/1"));
        using JsonDocument told = JsonDocument.Parse(await notary.GetStringAsync("/keelson/v1/images/app:1"));
        Assert.Equal("""[{"name":"CN=notary","isVerified":true}]""", told.RootElement.GetProperty("referrers")[0].GetProperty("signers").GetRawText());
    }

    [Theory]
    [InlineData("another digest")]
    [InlineData("another root")]
    [InlineData("no code signing")]
    [InlineData("another algorithm")]
    [InlineData("none")]
    [InlineData("expired")]
    [InlineData("unknown critical")]
    [InlineData("another scheme")]
    [InlineData("spoilt")]
    public async Task A_signature_of_notation_that_is_not_right_counts_nothing(string what)
    {
        string root = keys.MakeCertificate("notary", "EC -pkeyopt ec_paramgen_curve:P-256", what == "no code signing" ? "serverAuth" : "codeSigning");
        if (what == "another root") root = keys.MakeCertificate("other", "EC -pkeyopt ec_paramgen_curve:P-256");
        await using KeelsonRegistry own = await KeelsonRegistry.StartAsync(null, new RegistryOptions { Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = [root] }] });
        using HttpClient notary = own.Client();
        byte[] image = await notary.PushImageAsync("app", "1");
        string header = what switch
        {
            "another algorithm" => Header("ES384"),
            "none" => Header("none"),
            "expired" => Header("ES256", """, "io.cncf.notary.expiry":"2020-01-01T00:00:00Z" """),
            "unknown critical" => Header("ES256").Replace("[\"", "[\"org.example.new\",\"", StringComparison.Ordinal),
            "another scheme" => Header("ES256").Replace("notary.x509", "notary.x509.signingAuthority", StringComparison.Ordinal),
            _ => Header("ES256"),
        };
        byte[] envelope = keys.Envelope("notary", Target(what == "another digest" ? Pushes.Random() : image), header, isRsa: false);
        if (what == "spoilt") envelope[^10] = envelope[^10] == 'A' ? (byte)'B' : (byte)'A';
        await PushNotationAsync(notary, image, envelope);
        Assert.Equal(HttpStatusCode.Forbidden, await notary.HeadAsync("/v2/app/manifests/1"));
    }

    [Fact]
    public async Task Skopeo_copies_what_is_signed_and_tells_why_not()
    {
        Programs.Need("skopeo");
        byte[] image = await client.PushImageAsync(Place, "1");
        CommandResult refused = Copy(), allowed;
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("no signature by a key that is trusted here", refused.Stderr, StringComparison.Ordinal);
        await SignAsync(Place, image, "release", isTag: true);
        allowed = Copy();
        Assert.True(allowed.ExitCode == 0, allowed.Stderr);
    }

    private CommandResult Copy() => ChildProcess.Run(["skopeo", "copy", "--src-tls-verify=false", $"docker://{registry.Name}/{Place}:1", $"dir:{keys.Folder}/copy"], new() { Limit = TimeSpan.FromSeconds(60) });

    private static string Target(byte[] image) => $$$"""{"targetArtifact":{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Digest.Of(image)}}}","size":{{{image.Length}}}}}""";

    private static string Header(string algorithm, string more = "") =>
        $$"""{"alg":"{{algorithm}}","cty":"application/vnd.cncf.notary.payload.v1+json","crit":["io.cncf.notary.signingScheme"],"io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2026-01-01T00:00:00Z"{{more}}}""";

    private static async Task PushNotationAsync(HttpClient client, byte[] image, byte[] envelope)
    {
        byte[] manifest = System.Text.Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","artifactType":"{{NotationArtifact}}","config":{"mediaType":"{{MediaTypes.OciEmpty}}","digest":"{{Digest.Of("{}"u8)}}","size":2},
             "layers":[{"mediaType":"application/jose+json","digest":"{{Digest.Of(envelope)}}","size":{{envelope.Length}}}]{{About(image)}}}
            """);
        await PushAsync(client, "app", null, manifest, envelope);
    }

    private async Task<byte[]> SignAsync(string repository, byte[] image, string key, bool isTag)
    {
        byte[] payload = Payload(image);
        byte[] manifest = isTag ? Manifest([(payload, keys.Sign(key, payload))]) : Manifest([(payload, keys.Sign(key, payload))], About(image), CosignArtifact);
        await PushAsync(client, repository, isTag ? Tag(image) : null, manifest, payload);
        return manifest;
    }
}
