using Keelson.Content;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Images;

public sealed partial class ImageService
{
    /// <summary>Fewest digits of an identity's beginning that name an image.</summary>
    private const int ShortestPrefix = 4;

    /// <inheritdoc/>
    public async Task<EngineImage> GetAsync(string space, string nameOrId, CancellationToken cancel = default)
    {
        if (Named(space, nameOrId) is { } record)
        {
            EngineImage image = cache.Read(database.Content(space), record.Target)
                ?? throw new KeelsonException(ErrorKind.NotFound, $"look up image {nameOrId}: no image of this platform is in the store");
            return await WithNamesAsync(space, image, cancel).ConfigureAwait(false);
        }
        return await WithNamesAsync(space, ById(space, nameOrId), cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EngineImage>> ListAsync(string space, CancellationToken cancel = default)
    {
        ContentStore content = database.Content(space);
        EngineImage[] all = [.. All(space).DistinctBy(image => image.Id)];
        ILookup<Digest, ImageRecord> records = database.Images(space).List().ToLookup(record => IdOf(content, record));
        HashSet<Digest> parents = [.. all.Select(image => ParentOf(content, image)?.Id ?? default)];
        List<EngineImage> images = [];
        foreach (EngineImage image in all) images.Add(await WithNamesAsync(space, image, records[image.Id], parents.Contains(image.Id), cancel).ConfigureAwait(false));
        return images;
    }

    /// <inheritdoc/>
    public async Task TagAsync(string space, string nameOrId, ImageReference name, CancellationToken cancel = default)
    {
        if (!name.Digest.IsEmpty) throw new KeelsonException(ErrorKind.InvalidArgument, $"tag {nameOrId}: the name {name} has a digest");
        EngineImage image = await GetAsync(space, nameOrId, cancel).ConfigureAwait(false);
        await NameAsync(space, name.ToString(), image.Target).ConfigureAwait(false);
        // What has a name of its own needs none by its digest: it would be left when that name goes.
        await DropDigestNameAsync(space, image.Target.Digest).ConfigureAwait(false);
    }

    /// <summary>Lets a name stand for a target. An image that loses its last name by that is named by its digest.</summary>
    private async Task<ImageRecord> NameAsync(string space, string name, ContentDescriptor target, LabelSet? labels = null)
    {
        ImageStore images = database.Images(space);
        while (true)
            try
            {
                if (images.List().FirstOrDefault(image => image.Name == name) is not { } present)
                {
                    ImageRecord record = new(name, target) { Labels = labels ?? LabelSet.Empty };
                    return await images.CreateAsync(record, ImageEvents.Create(space, record)).ConfigureAwait(false);
                }
                string[] paths = [.. labels is { Count: > 0 } ? labels.Keys.Select(key => "labels." + key) : []];
                if (present.Target.Digest == target.Digest && paths.Length == 0) return present;
                if (present.Target.Digest != target.Digest && images.List().All(image => image.Name == name || image.Target.Digest != present.Target.Digest))
                    await NameAsync(space, present.Target.Digest.ToString(), present.Target).ConfigureAwait(false);
                return await images.UpdateAsync(new(name, target) { Labels = labels ?? LabelSet.Empty }, ["target", .. paths], image => ImageEvents.Update(space, image)).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.AlreadyExists or ErrorKind.NotFound)
            {
                // Somebody made or removed the name since it was looked up.
            }
    }

    /// <summary>The row of a name as people write it; <see langword="null"/> when there is none.</summary>
    private ImageRecord? Named(string space, string name)
    {
        if (database.Images(space).List().FirstOrDefault(image => image.Name == name) is { } exact) return exact;
        return ImageReference.TryParse(name, out ImageReference? reference) ? Find(space, reference!) : null;
    }

    /// <summary>The row of a reference: by its text, and with a digest by any name of the repository that stands for it.</summary>
    private ImageRecord? Find(string space, ImageReference reference)
    {
        string name = reference.ToString(), repository = reference.Repository.ToString();
        foreach (ImageRecord image in database.Images(space).List())
        {
            if (image.Name == name) return image;
            if (!reference.Digest.IsEmpty && image.Target.Digest == reference.Digest && image.Name.StartsWith(repository, StringComparison.Ordinal)
                && image.Name.Length > repository.Length && image.Name[repository.Length] is ':' or '@') return image;
        }
        return null;
    }

    private EngineImage ById(string space, string id)
    {
        string prefix = id.StartsWith("sha256:", StringComparison.Ordinal) ? id : "sha256:" + id;
        bool isPrefix = prefix.Length >= "sha256:".Length + ShortestPrefix && prefix["sha256:".Length..].All(char.IsAsciiHexDigitLower);
        EngineImage[] found = isPrefix
            ? [.. All(space).Where(image => image.Id.ToString().StartsWith(prefix, StringComparison.Ordinal) || image.Target.Digest.ToString() == prefix || image.Manifest.ToString() == prefix).DistinctBy(image => image.Id)]
            : [];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new KeelsonException(ErrorKind.NotFound, $"look up image {id}: there is none of this name in namespace {space}"),
            _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"look up image {id}: {found.Length} images begin so"),
        };
    }

    /// <summary>The images of all names, those that works are at, and those that these stand on; one comes as often as it has names. What is not whole, or no image of this platform, is left out.</summary>
    private IEnumerable<EngineImage> All(string space)
    {
        ContentStore content = database.Content(space);
        Dictionary<Digest, EngineImage?> read = [];
        IEnumerable<ContentDescriptor> targets = database.Images(space).List().Select(record => record.Target)
            .Concat(underWay.Where(work => work.Key.Space == space).Select(work => work.Value));
        HashSet<Digest> below = [];
        foreach (ContentDescriptor target in targets)
        {
            bool isNew = !read.TryGetValue(target.Digest, out EngineImage? image);
            if (isNew)
            {
                try
                {
                    image = cache.Read(content, target);
                }
                catch (KeelsonException e) when (e.Kind is ErrorKind.InvalidArgument or ErrorKind.Unsupported or ErrorKind.DataLoss)
                {
                    // A name of something else, or damaged: to look it up by its name tells what is wrong.
                }
                read[target.Digest] = image;
            }
            if (image is null) continue;
            yield return image;
            for (EngineImage? parent = isNew ? ParentOf(content, image) : null; parent is not null && below.Add(parent.Manifest); parent = ParentOf(content, parent)) yield return parent;
        }
    }

    private Task<EngineImage> WithNamesAsync(string space, EngineImage image, CancellationToken cancel)
    {
        ContentStore content = database.Content(space);
        Dictionary<Digest, bool> isSame = new() { [image.Target.Digest] = true };
        List<ImageRecord> records = [];
        foreach (ImageRecord record in database.Images(space).List())
        {
            if (!isSame.TryGetValue(record.Target.Digest, out bool same)) isSame[record.Target.Digest] = same = IdOf(content, record) == image.Id;
            if (same) records.Add(record);
        }
        bool hasChildren = All(space).Any(other => ParentOf(content, other)?.Id == image.Id);
        return WithNamesAsync(space, image, records, hasChildren, cancel);
    }

    private async Task<EngineImage> WithNamesAsync(string space, EngineImage image, IEnumerable<ImageRecord> records, bool hasChildren, CancellationToken cancel)
    {
        List<string> names = [];
        DateTimeOffset first = DateTimeOffset.MaxValue;
        foreach (ImageRecord record in records)
        {
            if (!Digest.TryParse(record.Name, out _)) names.Add(record.Name);
            if (record.CreatedAt < first) first = record.CreatedAt;
        }
        return image with
        {
            Names = names,
            NamedAt = first,
            SizeBytes = await SizeAsync(space, image, cancel).ConfigureAwait(false),
            ParentId = ParentOf(database.Content(space), image)?.Id ?? default,
            HasChildren = hasChildren,
            IsStep = IsStep(space, image),
        };
    }

    private Digest IdOf(ContentStore content, ImageRecord record)
    {
        try
        {
            return cache.Read(content, record.Target)?.Id ?? default;
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.InvalidArgument or ErrorKind.Unsupported or ErrorKind.DataLoss)
        {
            return default;
        }
    }

    /// <summary>What the snapshots of an image take, in the first snapshotter that has it.</summary>
    private async Task<long> SizeAsync(string space, EngineImage image, CancellationToken cancel)
    {
        IReadOnlyList<Digest> chain = ChainId.Of(image.Config.Rootfs?.DiffIds ?? []);
        foreach (string name in snapshots.Names)
        {
            SnapshotIndex index = database.Snapshots(space, name);
            if (chain.Count == 0 || index.Find(chain[^1].ToString()) is null) continue;
            ISnapshotter files = snapshots.Of(space, name);
            long size = 0;
            foreach (Digest layer in chain) size += index.Find(layer.ToString()) is null ? 0 : (await files.UsageAsync(layer.ToString(), cancel).ConfigureAwait(false)).SizeBytes;
            return size;
        }
        return 0;
    }
}
