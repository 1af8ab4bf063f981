using Keelson.Oci;
using Keelson.Registry;
using Keelson.Registry.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Fuzz.Targets;

/// <summary>Manifests that are pushed to a registry. It takes or refuses them and has no faults of its own; what it has taken it gives back, lists, tells of and finds whole.</summary>
internal sealed class RegistryManifestTarget : IFuzzTarget
{
    private static readonly byte[] Config = "{}"u8.ToArray();

    public string Name => "registry-manifest";

    public void Run(ReadOnlySpan<byte> input) => RunAsync(input.ToArray()).GetAwaiter().GetResult();

    private static async Task RunAsync(byte[] manifest)
    {
        await using MemoryDriver store = new();
        using RegistryServer registry = new(store, new RegistryOptions { AllowsDelete = true, Store = new() { AllowsSparseIndexes = true } }, NullLogger.Instance);
        await SendAsync(registry, "POST", "/v2/a/blobs/uploads/", $"?digest={Digest.Of(Config)}", Config, null);
        foreach (string? type in (string?[])[null, MediaTypes.OciManifest, MediaTypes.OciIndex])
        {
            (int status, _) = await SendAsync(registry, "PUT", "/v2/a/manifests/1", "", manifest, type);
            if (status is not (201 or 400 or 413)) throw new InvalidOperationException($"pushed as {type}: {status}");
            if (status != 201) continue;
            (status, byte[] body) = await SendAsync(registry, "GET", "/v2/a/manifests/1", "", [], null);
            if (status != 200) throw new InvalidOperationException($"pulled: {status}");
            Same.Bytes(manifest, body);
            foreach (string path in (string[])[$"/v2/a/referrers/{Digest.Of(manifest)}", "/keelson/v1/tags/a", "/keelson/v1/images/a:1", "/keelson/v1/repositories"])
                if ((await SendAsync(registry, "GET", path, "", [], null)).Status != 200) throw new InvalidOperationException(path);
        }
        if ((await registry.ScrubAsync(new())).FaultCount > 0) throw new InvalidOperationException("the store is damaged");
    }

    private static async Task<(int Status, byte[] Body)> SendAsync(RegistryServer registry, string method, string path, string query, byte[] body, string? type)
    {
        using MemoryStream answer = new();
        DefaultHttpContext http = new();
        (http.Request.Method, http.Request.Path, http.Request.QueryString, http.Request.ContentType) = (method, path, new QueryString(query), type);
        (http.Request.Body, http.Request.ContentLength, http.Response.Body) = (new MemoryStream(body), body.Length, answer);
        await (path.StartsWith("/keelson", StringComparison.Ordinal) ? registry.HandleBrowseAsync(http) : registry.HandleAsync(http));
        await http.Response.BodyWriter.FlushAsync();
        return (http.Response.StatusCode, answer.ToArray());
    }
}
