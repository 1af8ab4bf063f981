using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Auth;
using static Keelson.Registry.Tests.Signatures.SignaturesOfTests;

namespace Keelson.Registry.Tests.Signatures;

/// <summary>Signatures in the form of cosign 3, by keys of openssl.</summary>
public sealed class SigstoreBundleTests : IAsyncLifetime
{
    private const string Type = "application/vnd.dev.sigstore.bundle.v0.3+json", Predicate = "https://sigstore.dev/cosign/sign/v1", InToto = "application/vnd.in-toto+json";
    private readonly OpenSslKeys keys = new();
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;
    private byte[] image = null!;

    public async ValueTask InitializeAsync()
    {
        Programs.Need("openssl");
        string[] files = [keys.Make("release"), keys.Make("rsa", "RSA -pkeyopt rsa_keygen_bits:2048")];
        keys.Make("stranger");
        registry = await KeelsonRegistry.StartAsync(null, new RegistryOptions { Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = files }] });
        client = registry.Client();
        image = await client.PushImageAsync("app", "1");
    }

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        if (registry is not null) await registry.DisposeAsync();
        keys.Dispose();
    }

    [Theory]
    [InlineData("release")]
    [InlineData("rsa")]
    public async Task A_bundle_counts_and_its_signer_is_told(string key)
    {
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync("/v2/app/manifests/1"));
        byte[] signature = await PushAsync(Bundle(Statement(), key));
        Assert.Equal(image, await client.GetByteArrayAsync("/v2/app/manifests/1"));
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/app/manifests/{Digest.Of(signature)}"));
        using JsonDocument told = JsonDocument.Parse(await client.GetStringAsync("/keelson/v1/images/app:1"));
        Assert.Equal($$"""[{"name":"{{key}}.pub","isVerified":true}]""", told.RootElement.GetProperty("referrers")[0].GetProperty("signers").GetRawText());
    }

    [Theory]
    [InlineData("another key")]
    [InlineData("another image")]
    [InlineData("an attestation")]
    [InlineData("another type of payload")]
    [InlineData("another statement")]
    [InlineData("spoilt")]
    [InlineData("not encoded")]
    [InlineData("no signature")]
    [InlineData("two payloads")]
    [InlineData("huge")]
    [InlineData("no JSON")]
    public async Task A_bundle_that_is_not_right_counts_nothing(string what)
    {
        string statement = what switch
        {
            "another image" => Statement(Digest.Of("other"u8)),
            "an attestation" => Statement().Replace(Predicate, "https://slsa.dev/provenance/v1", StringComparison.Ordinal),
            "another statement" => Statement().Replace("Statement/v1", "Statement/v2", StringComparison.Ordinal),
            _ => Statement(),
        };
        string bundle = Bundle(statement, what == "another key" ? "stranger" : "release", what == "another type of payload" ? "application/json" : InToto, isEncoded: what != "not encoded");
        bundle = what switch
        {
            // The last character of a signature has bits that mean nothing.
            "spoilt" => bundle.Replace("\"sig\":\"MEU", "\"sig\":\"MEX", StringComparison.Ordinal).Replace("\"sig\":\"MEQ", "\"sig\":\"MEX", StringComparison.Ordinal).Replace("\"sig\":\"MEY", "\"sig\":\"MEX", StringComparison.Ordinal),
            "no signature" => bundle[..bundle.IndexOf("\"signatures\"", StringComparison.Ordinal)] + "\"signatures\":[]}}",
            "two payloads" => bundle.Replace("\"payloadType\"", "\"payload\":\"e30=\",\"payloadType\"", StringComparison.Ordinal),
            "huge" => bundle + new string(' ', 256 << 10),
            "no JSON" => bundle[1..],
            _ => bundle,
        };
        await PushAsync(bundle);
        Assert.Equal(HttpStatusCode.Forbidden, await client.HeadAsync("/v2/app/manifests/1"));
        await PushAsync(Bundle(Statement(), "release"));
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync("/v2/app/manifests/1"));
    }

    private string Statement(Digest? subject = null) => $$$"""{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"{{{(subject ?? Digest.Of(image)).Hex}}}"},"annotations":{}}],"predicateType":"{{{Predicate}}}","predicate":{}}""";

    private string Bundle(string statement, string key, string type = InToto, bool isEncoded = true)
    {
        string signed = isEncoded ? $"DSSEv1 {type.Length} {type} {statement.Length} {statement}" : statement;
        return $$$"""{"mediaType":"{{{Type}}}","verificationMaterial":{"publicKey":{"hint":"x"},"tlogEntries":[]},"dsseEnvelope":{"payload":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(statement))}}}","payloadType":"{{{type}}}","signatures":[{"sig":"{{{keys.Sign(key, Encoding.UTF8.GetBytes(signed))}}}"}]}}""";
    }

    private async Task<byte[]> PushAsync(string bundle)
    {
        byte[] layer = Encoding.UTF8.GetBytes(bundle);
        byte[] manifest = Encoding.UTF8.GetBytes($$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","artifactType":"{{{Type}}}","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{{{Digest.Of("{}"u8)}}}","size":2},"layers":[{"mediaType":"{{{Type}}}","digest":"{{{Digest.Of(layer)}}}","size":{{{layer.Length}}}}]{{{About(image)}}}}""");
        await SignaturesOfTests.PushAsync(client, "app", null, manifest, layer);
        return manifest;
    }
}
