using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Http;
using Keelson.Registry.Store;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Browse;

/// <summary><c>/keelson/v1/</c>: what the specification has no address for, for people and pages. Rights are those of the lists and pulls of <c>/v2/</c>.</summary>
internal sealed class BrowseEndpoints(ManifestStore manifests, RepositoryCatalog catalog, UsageIndex usage, PullLedger pulls, ImageReader images)
{
    private const string Json = "application/json; charset=utf-8";

    /// <summary>So many names are looked at before others are asked for.</summary>
    private const int FilterBatch = 1000;

    /// <summary>A page when its length is not said.</summary>
    private const int StandardPage = 100;

    public Task HandleAsync(RegistryCall call, BrowsePath path) => (path.Endpoint, call.Http.Request.Method) switch
    {
        (BrowseEndpoint.Repositories, "GET" or "HEAD") => RepositoriesAsync(call),
        (BrowseEndpoint.Repository, "GET" or "HEAD") => RepositoryAsync(call, path.Repository),
        (BrowseEndpoint.Repository, "DELETE") => DeleteAsync(call, path.Repository),
        (BrowseEndpoint.Tags, "GET" or "HEAD") => TagsAsync(call, path.Repository),
        (BrowseEndpoint.Image, "GET" or "HEAD") => ImageAsync(call, path),
        (BrowseEndpoint.None, _) => throw new RegistryFault(RegistryErrorCode.NotFound, "there is nothing at this address"),
        (BrowseEndpoint.Repository, _) => throw MethodFault.Of("GET, HEAD, DELETE"),
        _ => throw MethodFault.Of("GET, HEAD"),
    };

    private async Task RepositoriesAsync(RegistryCall call)
    {
        await call.NeedAsync(new AccessRequest("", RegistryAction.Catalog)).ConfigureAwait(false);
        int limit = PageSize(call);
        (List<string> names, string? next) = await FindAsync(call, call.Query("search").ToLowerInvariant(), limit).ConfigureAwait(false);
        List<BrowsedRepository> page = [];
        foreach (string name in names)
            if (await DescribeAsync(name, call.Cancel).ConfigureAwait(false) is { } repository) page.Add(repository);
        await WriteAsync(call, new BrowsedRepositories(page, next), BrowseJson.Default.BrowsedRepositories).ConfigureAwait(false);
    }

    private async Task RepositoryAsync(RegistryCall call, string repository)
    {
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        BrowsedRepository found = await DescribeAsync(repository, call.Cancel).ConfigureAwait(false) ?? throw Unknown(repository);
        await WriteAsync(call, found, BrowseJson.Default.BrowsedRepository).ConfigureAwait(false);
    }

    private async Task TagsAsync(RegistryCall call, string repository)
    {
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        int limit = PageSize(call);
        string search = call.Query("search"), last = call.Query("last");
        TagIndex tags = await manifests.TagsAsync(repository, call.Cancel).ConfigureAwait(false) ?? throw Unknown(repository);
        Dictionary<Digest, PullCount> counts = await pulls.ReadAsync(repository, call.Cancel).ConfigureAwait(false);
        bool isMore;
        List<TagEntry> page;
        if (search.Length == 0) page = tags.List(last, limit, out isMore);
        else
        {
            page = [.. tags.List(last, int.MaxValue, out _).Where(tag => tag.Name.Contains(search, StringComparison.OrdinalIgnoreCase)).Take(limit + 1)];
            isMore = page.Count > limit;
            if (isMore) page.RemoveAt(limit);
        }
        List<BrowsedTag> described = [];
        foreach (TagEntry tag in page)
            described.Add(await images.TagAsync(repository, tag, counts.GetValueOrDefault(tag.Digest), call.Options.IsImmutable?.Invoke(repository, tag.Name) == true, call.Cancel).ConfigureAwait(false));
        await WriteAsync(call, new BrowsedTags(repository, tags.Count, described, isMore && page.Count > 0 ? page[^1].Name : null), BrowseJson.Default.BrowsedTags).ConfigureAwait(false);
    }

    private async Task ImageAsync(RegistryCall call, BrowsePath path)
    {
        string repository = path.Repository;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        Digest digest = path.Digest ?? await manifests.ResolveAsync(repository, path.Tag, call.Cancel).ConfigureAwait(false) ?? throw await UnknownAsync(repository, path.Reference, call.Cancel).ConfigureAwait(false);
        StoredManifest manifest = await manifests.FindAsync(repository, digest, call.Cancel).ConfigureAwait(false) ?? throw await UnknownAsync(repository, path.Reference, call.Cancel).ConfigureAwait(false);
        IReadOnlyList<string> tags = (await manifests.TagsAsync(repository, call.Cancel).ConfigureAwait(false))?.Of(digest) ?? [];
        PullCount count = (await pulls.ReadAsync(repository, call.Cancel).ConfigureAwait(false)).GetValueOrDefault(digest);
        await WriteAsync(call, await images.ImageAsync(repository, manifest, tags, count, call.Cancel).ConfigureAwait(false), BrowseJson.Default.BrowsedImage).ConfigureAwait(false);
    }

    private async Task DeleteAsync(RegistryCall call, string repository)
    {
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Delete)).ConfigureAwait(false);
        MethodFault.CheckDelete(call.Options);
        (IReadOnlyList<TagEntry> Tags, IReadOnlyList<Digest> Manifests) gone = await manifests.RemoveRepositoryAsync(repository, tag =>
        {
            if (call.Options.IsImmutable?.Invoke(repository, tag) == true) throw new RegistryFault(RegistryErrorCode.TagImmutable, "the repository has an immutable tag", tag);
        }, () => pulls.ForgetAsync(repository), call.Cancel).ConfigureAwait(false) ?? throw Unknown(repository);
        foreach (TagEntry tag in gone.Tags) await call.TellRemovedAsync(null, tag.Name, repository).ConfigureAwait(false);
        foreach (Digest digest in gone.Manifests) await call.TellRemovedAsync(digest, "", repository).ConfigureAwait(false);
        await call.TellRemovedAsync(null, "", repository).ConfigureAwait(false);
        await WriteAsync(call, new DeletedRepository(repository, gone.Tags.Count, gone.Manifests.Count), BrowseJson.Default.DeletedRepository).ConfigureAwait(false);
    }

    /// <summary>A page of the names that may be seen and hold a text: it is full unless it is the last one.</summary>
    private async Task<(List<string> Names, string? Next)> FindAsync(RegistryCall call, string search, int limit)
    {
        string last = call.Query("last");
        List<string> page = [];
        while (true)
        {
            (IReadOnlyList<string> names, bool isMore) = await catalog.ListAsync(last, FilterBatch, call.Cancel).ConfigureAwait(false);
            foreach (string name in names)
            {
                if (!name.Contains(search, StringComparison.Ordinal) || call.Access?.CanSee(name) == false) continue;
                if (page.Count == limit) return (page, page.Count > 0 ? page[^1] : null);
                page.Add(name);
            }
            if (!isMore) return (page, null);
            last = names[^1];
        }
    }

    private async Task<BrowsedRepository?> DescribeAsync(string repository, CancellationToken cancel)
    {
        if (await manifests.TagsAsync(repository, cancel).ConfigureAwait(false) is not { } index) return null;
        RepositoryUsage held = await usage.OfAsync(repository, cancel).ConfigureAwait(false);
        List<TagEntry> tags = index.List("", int.MaxValue, out _);
        Dictionary<Digest, PullCount> counts = await pulls.ReadAsync(repository, cancel).ConfigureAwait(false);
        long count = tags.Select(tag => tag.Digest).Distinct().Sum(digest => counts.GetValueOrDefault(digest).Count);
        return new(repository, tags.Count, held.Manifests, held.Bytes, tags.Count > 0 ? tags.Max(tag => tag.Modified) : null, counts.Count > 0 ? counts.Values.Max(pull => pull.Last) : null, count);
    }

    private static int PageSize(RegistryCall call) => call.Query("n").Length > 0 ? Math.Max(1, call.PageSize()) : Math.Min(StandardPage, call.Options.PageLimit);

    private static ValueTask WriteAsync<T>(RegistryCall call, T answer, JsonTypeInfo<T> type)
    {
        call.Http.Response.Headers.CacheControl = "no-store";
        return call.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, type), Json);
    }

    private async Task<RegistryFault> UnknownAsync(string repository, string reference, CancellationToken cancel) => await manifests.HasRepositoryAsync(repository, cancel).ConfigureAwait(false)
        ? new(RegistryErrorCode.ManifestUnknown, "manifest unknown", reference)
        : Unknown(repository);

    private static RegistryFault Unknown(string repository) => new(RegistryErrorCode.NameUnknown, "repository name not known to registry", repository);
}
