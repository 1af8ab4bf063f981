using Keelson.Distribution;
using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Images;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.DockerApi.Images;

/// <summary>Images as objects: listed, looked at, named, removed.</summary>
internal sealed class ImageOperations(DockerApiServices services)
{
    private readonly IImageService images = services.Images;
    private readonly ImageNotices notices = new(services);
    private readonly string space = services.Containers.Namespace;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/images/json", ListAsync);
        routes.Add("GET", "/images/search", call => throw (call.Query.Integer("limit") is < 1 or > 100 ? ApiException.BadRequest($"Limit {call.Query.Integer("limit")} is outside the range of [1, 100]")
            : ApiException.NotImplemented("registries of the OCI distribution specification cannot be searched")));
        routes.Add("POST", "/images/prune", PruneAsync);
        routes.Add("GET", "/images/{name*}/json", InspectAsync);
        routes.Add("GET", "/images/{name*}/history", HistoryAsync);
        routes.Add("POST", "/images/{name*}/tag", TagAsync);
        routes.Add("DELETE", "/images/{name*}", RemoveAsync);
        routes.Add("GET", "/distribution/{name*}/json", DistributionAsync);
    }

    private async Task ListAsync(Call call)
    {
        Func<EngineImage, EngineImage?> choose = await ImageFilter.ParseAsync(call, services).ConfigureAwait(false);
        IEnumerable<EngineImage> chosen = (await images.ListAsync(space, call.Cancel).ConfigureAwait(false)).Select(choose).OfType<EngineImage>().OrderByDescending(image => image.Config.Created ?? DateTimeOffset.MinValue);
        await call.WriteAsync(chosen.Select(ImageMessages.Summary).ToArray(), Docker.DockerJson.Default.ImageSummaryArray).ConfigureAwait(false);
    }

    private async Task InspectAsync(Call call)
    {
        string name = call["name"];
        EngineImage image = await ImageLookup.FindAsync(services, name, call.Cancel, $"no such image: {name}: ").ConfigureAwait(false);
        ISnapshotter snapshotter = services.Snapshots.Of(space);
        await call.WriteAsync(ImageMessages.Inspect(image, snapshotter.Name, []), Docker.DockerJson.Default.ImageInspect).ConfigureAwait(false);
    }

    private async Task HistoryAsync(Call call)
    {
        EngineImage image = await ImageLookup.FindAsync(services, call["name"], call.Cancel).ConfigureAwait(false);
        LayerSizes sizes = await LayerSizes.MeasureAsync(services, [image], call.Cancel).ConfigureAwait(false);
        Queue<string> chains = new(LayerSizes.Chains(image));
        List<Docker.ImageHistoryItem> items = [];
        foreach (ImageHistory step in image.Config.History ?? [])
        {
            long size = !step.IsEmptyLayer && chains.TryDequeue(out string? chain) ? sizes.OfLayer(chain) : 0;
            items.Add(new() { Comment = step.Comment ?? "", Created = (step.Created ?? DateTimeOffset.UnixEpoch).ToUnixTimeSeconds(), CreatedBy = step.CreatedBy ?? "", Id = "<missing>", Size = size });
        }
        items.Reverse();
        if (items.Count > 0) items[0].Id = image.Id.ToString();
        // Those below that are here, too: each made one step of it.
        EngineImage below = image;
        for (int i = 1; i < items.Count && below.ParentId != default; i++)
        {
            below = await ImageLookup.FindAsync(services, below.ParentId.ToString(), call.Cancel).ConfigureAwait(false);
            if ((below.Config.History?.Count ?? 0) != items.Count - i) break;
            items[i].Id = below.Id.ToString();
            items[i].Tags = ImageMessages.Tags(below) is { Length: > 0 } names ? names : null;
        }
        if (items.Count > 0) items[0].Tags = ImageMessages.Tags(image) is { Length: > 0 } tags ? tags : null;
        await call.WriteAsync(items.ToArray(), Docker.DockerJson.Default.ImageHistoryItemArray).ConfigureAwait(false);
    }

    private async Task TagAsync(Call call)
    {
        EngineImage image = await ImageLookup.FindAsync(services, call["name"], call.Cancel).ConfigureAwait(false);
        ImageReference reference = Names.Parse(call.Query["repo"], call.Query["tag"]);
        await images.TagAsync(space, image.Id.ToString(), reference, call.Cancel).ConfigureAwait(false);
        await notices.TaggedAsync(image, reference).ConfigureAwait(false);
        await call.StatusAsync(201).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Call call)
    {
        string name = call["name"];
        EngineImage image = await ImageLookup.FindAsync(services, name, call.Cancel).ConfigureAwait(false);
        bool force = call.Query.Flag("force");
        if (!force || image.HasChildren) RemovalRules.Check(services, image, name, force);
        ImageRemoval removal = await images.RemoveAsync(space, name, force, call.Cancel).ConfigureAwait(false);
        await notices.RemovedAsync(removal, image).ConfigureAwait(false);
        await call.WriteAsync(Items(removal), Docker.DockerJson.Default.ImageDeleteItemArray).ConfigureAwait(false);
    }

    private async Task PruneAsync(Call call)
    {
        FilterSet filters = call.Filters("dangling", "label", "label!", "until");
        ImageRemoval removal;
        if (filters.Has("label") || filters.Has("label!") || filters.Has("until")) removal = await PruneChosenAsync(filters, call.Cancel).ConfigureAwait(false);
        else removal = await images.PruneAsync(space, named: filters.Flag("dangling") == false, call.Cancel).ConfigureAwait(false);
        await notices.PrunedAsync(removal).ConfigureAwait(false);
        Docker.ImageDeleteItem[] items = Items(removal);
        await call.WriteAsync(new Docker.ImagesPruneResponse { ImagesDeleted = items.Length > 0 ? items : null, SpaceReclaimed = (ulong)removal.FreedBytes }, Docker.DockerJson.Default.ImagesPruneResponse).ConfigureAwait(false);
    }

    private async Task<ImageRemoval> PruneChosenAsync(FilterSet filters, CancellationToken cancel)
    {
        DateTimeOffset? until = PruneLimit.Parse(filters, services.Time.GetUtcNow());
        bool named = filters.Flag("dangling") == false;
        HashSet<string> used = [.. services.Containers.List().Select(container => container.ImageId)];
        List<string> untagged = [];
        List<Digest> deleted = [], layers = [];
        long freed = 0;
        foreach (EngineImage image in await images.ListAsync(space, cancel).ConfigureAwait(false))
        {
            IReadOnlyDictionary<string, string>? labels = image.Config.Config?.Labels;
            if (image.HasChildren && image.Names.Count == 0) continue;
            bool isDangling = !ImageMessages.References(image).Any(name => name.Digest.IsEmpty) && !image.HasChildren;
            if (used.Contains(image.Id.ToString()) || !named && !isDangling) continue;
            if (!filters.Labels("label", labels) || !filters.NoLabels("label!", labels) || until is not null && !(image.Config.Created < until)) continue;
            ImageRemoval removal = await images.RemoveAsync(space, image.Id.ToString(), force: true, cancel).ConfigureAwait(false);
            untagged.AddRange(removal.Untagged);
            deleted.AddRange(removal.Images);
            layers.AddRange(removal.Layers);
            freed += removal.FreedBytes;
        }
        return new(untagged, deleted, layers, freed);
    }

    private async Task DistributionAsync(Call call)
    {
        IRegistryQueries registries = services.Registries ?? throw ApiException.NotImplemented("this engine does not ask registries");
        ImageReference reference = Names.Parse(call["name"], "");
        ManifestContent manifest = await registries.FetchManifestAsync(reference, RegistryAuth.Of(call), call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(DistributionMessages.Of(manifest), Docker.DockerJson.Default.DistributionInspect).ConfigureAwait(false);
    }

    private static Docker.ImageDeleteItem[] Items(ImageRemoval removal) =>
    [
        .. removal.Untagged.Select(name => new Docker.ImageDeleteItem { Untagged = ImageReference.TryParse(name, out ImageReference? reference) ? reference!.Familiar : name }),
        .. removal.Deleted.Select(digest => new Docker.ImageDeleteItem { Deleted = digest.ToString() }),
    ];
}
