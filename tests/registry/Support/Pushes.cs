using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Keelson.Oci;

namespace Keelson.Registry.Tests;

/// <summary>Pushes and pulls by hand.</summary>
internal static class Pushes
{
    /// <summary>Random bytes, so that no two blobs are one.</summary>
    public static byte[] Random(int length = 100) => RandomNumberGenerator.GetBytes(length);

    /// <summary>Pushes a blob in one piece.</summary>
    public static async Task<Digest> PushBlobAsync(this HttpClient client, string repository, byte[] content)
    {
        Digest digest = Digest.Of(content);
        using HttpResponseMessage answer = await client.PostAsync($"/v2/{repository}/blobs/uploads/?digest={digest}", Body(content));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return digest;
    }

    /// <summary>A manifest of a configuration and layers.</summary>
    public static byte[] Manifest(byte[] config, params IReadOnlyList<byte[]> layers) => new ImageManifest
    {
        MediaType = MediaTypes.OciManifest,
        Config = Of(MediaTypes.OciConfig, config),
        Layers = [.. layers.Select(layer => Of(MediaTypes.OciLayer, layer))],
    }.ToUtf8();

    /// <summary>An index of manifests.</summary>
    public static byte[] Index(params IReadOnlyList<byte[]> manifests) =>
        new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [.. manifests.Select(manifest => Of(MediaTypes.OciManifest, manifest))] }.ToUtf8();

    /// <summary>Something attached to a manifest.</summary>
    public static byte[] Attached(byte[] subject, string artifactType, byte[] layer) => new ImageManifest
    {
        MediaType = MediaTypes.OciManifest, ArtifactType = artifactType, Config = Of(MediaTypes.OciEmpty, "{}"u8.ToArray()), Layers = [Of("text/plain", layer)], Subject = Of(MediaTypes.OciManifest, subject),
    }.ToUtf8();

    /// <summary>Sends a manifest.</summary>
    public static Task<HttpResponseMessage> PutManifestAsync(this HttpClient client, string repository, string reference, byte[] manifest, string type = MediaTypes.OciManifest)
    {
        ByteArrayContent body = new(manifest);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return client.PutAsync($"/v2/{repository}/manifests/{reference}", body);
    }

    /// <summary>Pushes an image of one random layer.</summary>
    public static async Task<byte[]> PushImageAsync(this HttpClient client, string repository, string? tag, byte[]? layer = null)
    {
        layer ??= Random();
        byte[] config = Encoding.ASCII.GetBytes($$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(layer)}}}"]}}""");
        await client.PushBlobAsync(repository, layer);
        await client.PushBlobAsync(repository, config);
        byte[] manifest = Manifest(config, layer);
        using HttpResponseMessage answer = await client.PutManifestAsync(repository, tag ?? Digest.Of(manifest).ToString(), manifest);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return manifest;
    }

    /// <summary>Pushes a manifest again whose blobs are there, and pulls it.</summary>
    public static async Task<byte[]> PushAgainAsync(this HttpClient client, string repository, string tag, byte[] manifest)
    {
        using HttpResponseMessage answer = await client.PutManifestAsync(repository, tag, manifest);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await client.GetByteArrayAsync($"/v2/{repository}/manifests/{tag}");
    }

    /// <summary>The status of a HEAD.</summary>
    public static async Task<HttpStatusCode> HeadAsync(this HttpClient client, string path)
    {
        using HttpResponseMessage answer = await client.SendAsync(new(HttpMethod.Head, path));
        return answer.StatusCode;
    }

    private static ByteArrayContent Body(byte[] content)
    {
        ByteArrayContent body = new(content);
        body.Headers.ContentType = new("application/octet-stream");
        return body;
    }

    private static Descriptor Of(string type, byte[] content) => new() { MediaType = type, Digest = Digest.Of(content), Size = content.Length };
}
