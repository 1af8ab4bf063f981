using System.Text;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Signatures;

/// <summary>Signatures as cosign and notation make them, by keys of openssl, pushed as these push them.</summary>
internal static class SignaturesOfTests
{
    public const string SimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json", CosignArtifact = "application/vnd.dev.cosign.artifact.sig.v1+json", NotationArtifact = "application/vnd.cncf.notary.signature";

    /// <summary>The document that cosign signs.</summary>
    public static byte[] Payload(byte[] manifest, string type = "cosign container image signature") => Encoding.UTF8.GetBytes(
        $$$"""{"critical":{"identity":{"docker-reference":"registry.example/app"},"image":{"docker-manifest-digest":"{{{Digest.Of(manifest)}}}"},"type":"{{{type}}}"},"optional":null}""");

    /// <summary>A signature manifest of cosign with one layer a signature.</summary>
    /// <param name="signatures">The documents and their signatures in base64.</param>
    /// <param name="more">More members, with a comma before them.</param>
    /// <param name="configType">Type of its configuration.</param>
    public static byte[] Manifest(IReadOnlyList<(byte[] Payload, string Signature)> signatures, string more = "", string configType = MediaTypes.OciConfig)
    {
        IEnumerable<string> layers = signatures.Select(signature =>
            $$$"""{"mediaType":"{{{SimpleSigning}}}","digest":"{{{Digest.Of(signature.Payload)}}}","size":{{{signature.Payload.Length}}},"annotations":{"dev.cosignproject.cosign/signature":"{{{signature.Signature}}}"} }""");
        return Encoding.UTF8.GetBytes($$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{"mediaType":"{{{configType}}}","digest":"{{{Digest.Of("{}"u8)}}}","size":2},"layers":[{{{string.Join(',', layers)}}}]{{{more}}}}""");
    }

    /// <summary>The member <c>subject</c>.</summary>
    public static string About(byte[] manifest) => $$$""","subject":{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Digest.Of(manifest)}}}","size":{{{manifest.Length}}}}""";

    /// <summary>The tag under which cosign keeps the signatures of a manifest.</summary>
    public static string Tag(byte[] manifest) => $"sha256-{Digest.Of(manifest).Hex}.sig";

    /// <summary>Pushes a signature manifest with what it names.</summary>
    public static async Task PushAsync(HttpClient client, string repository, string? tag, byte[] manifest, params IReadOnlyList<byte[]> payloads)
    {
        foreach (byte[] blob in payloads.Append("{}"u8.ToArray())) await client.PushBlobAsync(repository, blob);
        using HttpResponseMessage answer = await client.PutManifestAsync(repository, tag ?? Digest.Of(manifest).ToString(), manifest);
        Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
    }
}
