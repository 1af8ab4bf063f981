using System.Buffers;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;

namespace Keelson.Registry.Http;

/// <summary>Lists: tags (end-8), referrers (end-12), and distribution's catalog. distribution-spec 1.1 "Content Discovery".</summary>
internal sealed class ListEndpoints(ManifestStore manifests, RepositoryCatalog catalog, UpstreamCache? upstreams)
{
    private const string Json = "application/json; charset=utf-8";

    /// <summary>So many names are looked at before others are asked for.</summary>
    private const int FilterBatch = 1000;

    /// <summary>Most bytes of one page of referrers, which clients take for a manifest.</summary>
    private const int ReferrersLimitBytes = 4 << 20;

    public async Task TagsAsync(RegistryCall call)
    {
        if (!call.IsRead) throw MethodFault.Of("GET, HEAD");
        string repository = call.Path.Repository;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        int limit = call.PageSize();
        (TagIndex? found, string? warning) = (await manifests.TagsAsync(repository, call.Cancel).ConfigureAwait(false), null);
        if (upstreams is not null) (found, warning) = await upstreams.TagsAsync(repository, found, call.Cancel).ConfigureAwait(false);
        call.Warn(warning);
        TagIndex tags = found ?? throw new RegistryFault(RegistryErrorCode.NameUnknown, "repository name not known to registry", repository);
        List<TagEntry> page = tags.List(call.Query("last"), limit, out bool isMore);
        if (isMore && page.Count > 0) Next(call, $"/v2/{repository}/tags/list", page[^1].Name, limit);
        ArrayBufferWriter<byte> body = new(64 + page.Count * 16);
        using (Utf8JsonWriter writer = new(body))
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, repository);
            writer.WriteStartArray("tags"u8);
            foreach (TagEntry tag in page) writer.WriteStringValue(tag.Name);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        await call.WriteAsync(body.WrittenMemory, Json).ConfigureAwait(false);
    }

    public async Task CatalogAsync(RegistryCall call)
    {
        if (!call.IsRead) throw MethodFault.Of("GET, HEAD");
        await call.NeedAsync(new AccessRequest("", RegistryAction.Catalog)).ConfigureAwait(false);
        int limit = call.PageSize();
        (IReadOnlyList<string> names, bool isMore) = await ListAsync(call, limit).ConfigureAwait(false);
        if (isMore && names.Count > 0) Next(call, "/v2/_catalog", names[^1], limit);
        ArrayBufferWriter<byte> body = new(64 + names.Count * 24);
        using (Utf8JsonWriter writer = new(body))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("repositories"u8);
            foreach (string name in names) writer.WriteStringValue(name);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        await call.WriteAsync(body.WrittenMemory, Json).ConfigureAwait(false);
    }

    public async Task ReferrersAsync(RegistryCall call)
    {
        if (!call.IsRead) throw MethodFault.Of("GET, HEAD");
        (string repository, Digest subject) = (call.Path.Repository, call.Path.Digest);
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        (IReadOnlyList<Descriptor> all, string? warning) = (await manifests.ReferrersAsync(repository, subject, call.Cancel).ConfigureAwait(false), null);
        if (upstreams is not null) (all, warning) = await upstreams.ReferrersAsync(repository, subject, all, call.Cancel).ConfigureAwait(false);
        call.Warn(warning);
        IEnumerable<Descriptor> found = all;
        string type = call.Query("artifactType"), last = call.Query("last");
        if (type.Length > 0)
        {
            found = found.Where(referrer => referrer.ArtifactType == type);
            call.Http.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        }
        if (last.Length > 0) found = found.Where(referrer => string.CompareOrdinal(referrer.Digest.ToString(), last) > 0);
        List<Descriptor> page = [];
        int limit = call.PageSize();
        long bytes = 0;
        foreach (Descriptor referrer in found)
        {
            bytes += 300 + (referrer.Annotations?.Sum(note => note.Key.Length + note.Value.Length * 3) ?? 0);
            if (page.Count > 0 && (page.Count >= limit || bytes > ReferrersLimitBytes))
            {
                string filter = type.Length > 0 ? "&artifactType=" + Uri.EscapeDataString(type) : "";
                call.Http.Response.Headers.Link = $"<{call.Below("/v2/")}{repository}/referrers/{subject}?last={page[^1].Digest}&n={limit}{filter}>; rel=\"next\"";
                break;
            }
            page.Add(referrer);
        }
        ImageIndex index = new() { MediaType = MediaTypes.OciIndex, Manifests = page };
        await call.WriteAsync(index.ToUtf8(), MediaTypes.OciIndex).ConfigureAwait(false);
    }

    /// <summary>A page of the repositories that may be seen: it is full unless it is the last one.</summary>
    private async Task<(IReadOnlyList<string> Names, bool IsMore)> ListAsync(RegistryCall call, int limit)
    {
        string last = call.Query("last");
        if (call.Access?.CatalogFilter is not { } filter) return await catalog.ListAsync(last, limit, call.Cancel).ConfigureAwait(false);
        List<string> page = [];
        while (true)
        {
            (IReadOnlyList<string> names, bool isMore) = await catalog.ListAsync(last, FilterBatch, call.Cancel).ConfigureAwait(false);
            foreach (string name in names)
            {
                if (!filter(name)) continue;
                if (page.Count == limit) return (page, true);
                page.Add(name);
            }
            if (!isMore) return (page, false);
            last = names[^1];
        }
    }

    /// <summary>Where the next page is. RFC 5988.</summary>
    private static void Next(RegistryCall call, string path, string last, int limit) =>
        call.Http.Response.Headers.Link = $"<{call.Below(path)}?last={Uri.EscapeDataString(last)}&n={limit}>; rel=\"next\"";
}
