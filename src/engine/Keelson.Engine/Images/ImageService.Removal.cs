using Keelson.Content;
using Keelson.Oci;

namespace Keelson.Engine.Images;

public sealed partial class ImageService
{
    /// <inheritdoc/>
    public async Task<ImageRemoval> RemoveAsync(string space, string nameOrId, bool force = false, CancellationToken cancel = default)
    {
        ImageRecord? named = Named(space, nameOrId);
        EngineImage? image = named is null ? ById(space, nameOrId) : cache.Read(database.Content(space), named.Target);
        List<string> names = image is null ? [] : RecordsOf(space, image);
        bool isIdentity = named is null || Digest.TryParse(named.Name, out _);
        IReadOnlyList<string> untagged = isIdentity ? names : Untagged(nameOrId, named!.Name, names);
        // A digest that a tag stands for is told as removed and comes back with every look at that tag.
        if (untagged.Count == 0 && !isIdentity) return new([nameOrId], [], [], 0);
        bool isWhole = image is not null && names.All(untagged.Contains);
        if (named is null && names.Count > 1 && !ImageNames.AreOne(names) && !force)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"remove image {nameOrId}: it has {names.Count} names; it must be forced");
        if (image is not null && named is null && Parents(space).ContainsKey(image.Id))
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"remove image {nameOrId}: images were made on top of it");
        if (isWhole && !force && UserOf(space, image!, names) is { } user)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"remove image {nameOrId}: container {user} uses it; it must be forced");
        return await RemoveAsync(space, untagged, cancel).ConfigureAwait(false);
    }

    private static IReadOnlyList<string> Untagged(string asked, string found, List<string> names)
    {
        if (!ImageReference.TryParse(asked, out ImageReference? reference)) return [found];
        IReadOnlyList<string> going = ImageNames.GoingWith(reference!, names);
        // What was found is a name of another client's that is no reference, or of no image of this platform; or, for a digest, a tag that stays.
        bool isFound = asked == found || reference!.ToString() == found || reference.Digest.IsEmpty;
        return isFound && !going.Contains(found) ? [found, .. going] : going;
    }

    /// <inheritdoc/>
    public async Task<ImageRemoval> PruneAsync(string space, bool named, CancellationToken cancel = default)
    {
        List<string> names = [];
        Dictionary<Digest, List<EngineImage>> parents = Parents(space);
        foreach (EngineImage image in All(space).DistinctBy(image => image.Id).ToArray())
        {
            List<string> all = RecordsOf(space, image);
            bool isDangling = all.All(name => Digest.TryParse(name, out _)) && !parents.ContainsKey(image.Id);
            if ((named || isDangling) && UserOf(space, image, all) is null) names.AddRange(all);
        }
        return await RemoveAsync(space, names, cancel).ConfigureAwait(false);
    }

    private async Task<ImageRemoval> RemoveAsync(string space, IReadOnlyList<string> names, CancellationToken cancel)
    {
        Dictionary<Digest, bool> configs = All(space).Select(image => image.Id).Distinct().ToDictionary(id => id, _ => true);
        HashSet<string> layersBefore = Layers(space);
        Dictionary<string, long> sizes = await SizesAsync(space, layersBefore, cancel).ConfigureAwait(false);
        await KeepUsedAsync(space, names).ConfigureAwait(false);
        foreach (string name in names)
            try
            {
                await database.Images(space).DeleteAsync(name, announce: ImageEvents.Delete(space, name)).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
                // Somebody else removed it.
            }
        GarbageReport report = await database.Collector.CollectAsync(cancel).ConfigureAwait(false);
        foreach (EngineImage image in All(space)) configs.Remove(image.Id);
        List<string> layers = [.. layersBefore.Except(Layers(space))];
        return new([.. names.Where(name => !Digest.TryParse(name, out _))], [.. configs.Keys], [.. layers.Select(layer => Digest.Parse(layer))], report.RemovedBytes + layers.Sum(layer => sizes.GetValueOrDefault(layer)));
    }

    /// <summary>Names, by its digest, what a container uses and an image that goes stands on: it stays as docker's do.</summary>
    private async Task KeepUsedAsync(string space, IReadOnlyList<string> names)
    {
        ContentStore content = database.Content(space);
        HashSet<string> used = [.. database.Containers(space).List().Select(container => container.Image)];
        foreach (ImageRecord record in database.Images(space).List().Where(record => names.Contains(record.Name)).ToArray())
        {
            if (IdOf(content, record) == default || cache.Read(content, record.Target) is not { } image) continue;
            for (EngineImage? parent = ParentOf(content, image); parent is not null; parent = ParentOf(content, parent))
            {
                if (!used.Contains(parent.Id.ToString())) continue;
                if (RecordsOf(space, parent).Count == 0) await NameAsync(space, parent.Target.Digest.ToString(), parent.Target).ConfigureAwait(false);
                break;
            }
        }
    }

    /// <summary>Names of an image in the metadata, those by digest among them.</summary>
    private List<string> RecordsOf(string space, EngineImage image)
    {
        ContentStore content = database.Content(space);
        return [.. database.Images(space).List().Where(record => record.Target.Digest == image.Target.Digest || IdOf(content, record) == image.Id).Select(record => record.Name)];
    }

    /// <summary>A container that uses an image; <see langword="null"/> when none does.</summary>
    private string? UserOf(string space, EngineImage image, IReadOnlyList<string> names) =>
        database.Containers(space).List().FirstOrDefault(container => names.Contains(container.Image) || container.Image == image.Id.ToString() || container.Image == image.Target.Digest.ToString())?.Id;

    /// <summary>Keys of the snapshots that are layers of images.</summary>
    private HashSet<string> Layers(string space) =>
        [.. snapshots.Names.SelectMany(name => database.Snapshots(space, name).List()).Where(row => row.Kind == SnapshotKind.Committed && Digest.TryParse(row.Key, out _)).Select(row => row.Key)];

    private async Task<Dictionary<string, long>> SizesAsync(string space, HashSet<string> layers, CancellationToken cancel)
    {
        Dictionary<string, long> sizes = [];
        foreach (string name in snapshots.Names)
            foreach (SnapshotRecord row in database.Snapshots(space, name).List())
                if (layers.Contains(row.Key)) sizes[row.Key] = sizes.GetValueOrDefault(row.Key) + (await snapshots.Of(space, name).UsageAsync(row.Key, cancel).ConfigureAwait(false)).SizeBytes;
        return sizes;
    }
}
