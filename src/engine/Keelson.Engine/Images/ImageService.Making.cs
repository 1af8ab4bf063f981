using System.Collections.Concurrent;
using System.Globalization;
using Keelson.Content;
using Keelson.Engine.Diff;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Images;

public sealed partial class ImageService : IImageMaker
{
    /// <summary>On the configuration of an image: the manifest of the one that it stands on.</summary>
    private const string ParentLabel = ControlLabels.GcReference + ".content.parent";

    /// <summary>On the configuration of an image that a build made: the key of its step.</summary>
    private const string StepLabel = "keelson/build.step";

    /// <summary>What leases of works begin with.</summary>
    private const string WorkPrefix = "keelson-work-";

    /// <summary>gzip's fastest level: a build waits for each layer.</summary>
    private const int LayerLevel = 1;

    /// <summary>Images of works that go on, by their manifests: they have no name yet.</summary>
    private readonly ConcurrentDictionary<(string Space, string Work), ContentDescriptor> underWay = [];

    /// <inheritdoc/>
    public async Task<string> BeginWorkAsync(string space, string name)
    {
        DateTimeOffset end = database.Options.Time.GetUtcNow() + options.LeaseLifetime;
        string id = WorkPrefix + name;
        working[(space, id)] = true;
        await database.Leases(space).CreateAsync(id, LabelSet.Of((ControlLabels.GcExpire, end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)))).ConfigureAwait(false);
        return id;
    }

    /// <inheritdoc/>
    public async Task EndWorkAsync(string space, string work, params IReadOnlyList<EngineImage> kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        try
        {
            foreach (EngineImage image in kept)
            {
                bool isNeeded = database.Content(space).Find(image.Id) is not null && database.Content(space).Find(image.Manifest) is not null
                    && !database.Images(space).List().Any(record => record.Target.Digest == image.Target.Digest) && !Parents(space).ContainsKey(image.Id);
                if (isNeeded) await NameAsync(space, image.Target.Digest.ToString(), image.Target).ConfigureAwait(false);
            }
        }
        finally
        {
            underWay.TryRemove((space, work), out _);
            await EndAsync(space, work).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> LeftWorks(string space) =>
        [.. database.Leases(space).List().Select(lease => lease.Id).Where(id => id.StartsWith(WorkPrefix, StringComparison.Ordinal) && !working.ContainsKey((space, id)))];

    /// <inheritdoc/>
    public async Task EndLeftWorkAsync(string space, string work)
    {
        ContentStore content = database.Content(space);
        EngineImage[] made = [.. database.Leases(space).ListResources(work).Where(held => held.Type == LeaseResource.Content).Select(held => MadeOf(content, held.Id)).OfType<EngineImage>()];
        HashSet<Digest> below = [.. made.Select(image => ParentOf(content, image)).OfType<EngineImage>().Select(parent => parent.Id)];
        await EndWorkAsync(space, work, [.. made.Where(image => !below.Contains(image.Id))]).ConfigureAwait(false);
    }

    /// <summary>Whether a work of this process goes on.</summary>
    internal bool IsWorking(string space, string name) => working.ContainsKey((space, WorkPrefix + name));

    /// <inheritdoc/>
    public async Task HoldAsync(string space, string work, EngineImage image)
    {
        ContentIngest ingest = new(database, space, work, LabelSet.Empty);
        if (!await ingest.HoldAsync(image.Manifest).ConfigureAwait(false)) throw new KeelsonException(ErrorKind.NotFound, $"hold image {image.Id}: it is gone");
        underWay[(space, work)] = image.Target;
    }

    /// <inheritdoc/>
    public async Task<EngineImage> MakeAsync(string space, string work, ImageDraft draft, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(draft);
        EngineImage? parent = draft.Parent;
        Digest[] diffIds = [.. parent?.Config.Rootfs?.DiffIds ?? [], .. draft.Layer is { } made ? [made.DiffId] : (Digest[])[]];
        Descriptor[] layers = [.. (parent?.Document.Layers ?? []).Select(Modern), .. draft.Layer is { } layer ? [layer.Descriptor] : (Descriptor[])[]];
        byte[] config = (draft.Config with { Rootfs = new() { Type = "layers", DiffIds = diffIds } }).ToUtf8();
        LabelSet labels = LabelSet.Empty;
        if (diffIds.Length > 0) labels = labels.With($"{ControlLabels.GcReference}.snapshot.{snapshots.Of(space).Name}", ChainId.Of(diffIds)[^1].ToString());
        if (parent is not null) labels = labels.With(ParentLabel, parent.Manifest.ToString());
        if (draft.CacheKey.Length > 0) labels = labels.With(StepLabel, draft.CacheKey);
        step("make config");
        Descriptor stored = await StoreAsync(new(database, space, work, labels), MediaTypes.OciConfig, config, cancel).ConfigureAwait(false);
        await LabelAsync(space, stored.Digest, labels).ConfigureAwait(false);
        ImageManifest manifest = new() { MediaType = MediaTypes.OciManifest, Config = stored, Layers = layers };
        LabelSet references = LabelSet.From([new($"{ControlLabels.GcReference}.content.config", stored.Digest.ToString()),
            .. layers.Select((descriptor, i) => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"{ControlLabels.GcReference}.content.l.{i}"), descriptor.Digest.ToString()))]);
        step("make manifest");
        Descriptor target = await StoreAsync(new(database, space, work, references), MediaTypes.OciManifest, manifest.ToUtf8(), cancel).ConfigureAwait(false);
        await LabelAsync(space, target.Digest, references).ConfigureAwait(false);
        ContentDescriptor described = new(target.MediaType, target.Digest, target.Size);
        underWay[(space, work)] = described;
        step("made image");
        // The one below is held by this one from now on, and needs no name of its own.
        if (parent is not null) await DropDigestNameAsync(space, parent.Target.Digest).ConfigureAwait(false);
        return cache.Read(database.Content(space), described) ?? throw new KeelsonException(ErrorKind.DataLoss, $"make image {stored.Digest}: it cannot be read back");
    }

    /// <inheritdoc/>
    public async Task<MadeLayer?> MakeLayerAsync(string space, string work, string key, IReadOnlyList<Digest> parent, bool takes, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ISnapshotter files = snapshots.Of(space, "", work);
        IReadOnlyList<Mount> mounts = await files.MountsAsync(key, cancel).ConfigureAwait(false);
        if (OverlayParts.TryRead(mounts, out OverlayParts? parts) && parts.Upper.Length > 0 && Directories.TryListNames(parts.Upper, out List<string> names) == Errno.None && names.Count == 0) return null;
        DiffRequest request = new() { MediaType = MediaTypes.OciLayerGzip, Lease = work, Level = LayerLevel };
        string below = parent.Count == 0 ? "" : ChainId.Of(parent)[^1].ToString();
        step("make layer");
        (ContentDescriptor layer, long entries) = await new DiffService(database).CompareWithBelowAsync(space, mounts, () => BelowAsync(files, below, work, cancel), request, cancel).ConfigureAwait(false);
        // The root itself is always told of.
        if (entries <= 1) return null;
        Digest diffId = Digest.Parse(database.Content(space).Info(layer.Digest).Labels[DiffService.UncompressedLabel]);
        Descriptor descriptor = new() { MediaType = layer.MediaType, Digest = layer.Digest, Size = layer.Size };
        Digest[] diffIds = [.. parent, diffId];
        if (takes) await TakeAsync(space, work, files, key, ChainId.Of(diffIds)[^1].ToString(), cancel).ConfigureAwait(false);
        else await UnpackOneAsync(space, work, descriptor, diffIds, cancel).ConfigureAwait(false);
        return new(descriptor, diffId);
    }

    /// <inheritdoc/>
    public EngineImage? FindMade(string space, EngineImage? parent, string key)
    {
        ContentStore content = database.Content(space);
        string? wanted = parent?.Manifest.ToString();
        return All(space).DistinctBy(image => image.Id)
            .Where(image => content.Find(image.Id)?.Labels is { } labels && labels.GetValueOrDefault(StepLabel) == key && labels.GetValueOrDefault(ParentLabel) == wanted)
            .MaxBy(image => image.Config.Created);
    }

    /// <inheritdoc/>
    public async Task AdoptAsync(string space, EngineImage image, EngineImage? parent)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (parent is null || database.Content(space).Find(image.Id)?.Labels.ContainsKey(ParentLabel) == true) return;
        await LabelAsync(space, image.Id, LabelSet.Of((ParentLabel, parent.Manifest.ToString()))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ImageRemoval> PruneCacheAsync(string space, CachePruneOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<Digest, List<EngineImage>> children = Parents(space);
        HashSet<string> used = [.. database.Containers(space).List().Select(container => container.Image)];
        List<(EngineImage Image, long Bytes)> steps = [];
        foreach (EngineImage image in All(space).DistinctBy(image => image.Id).ToArray())
        {
            bool isNamed = RecordsOf(space, image).Any(name => !Digest.TryParse(name, out _));
            if (!IsStep(space, image) || isNamed || underWay.Values.Any(target => target.Digest == image.Target.Digest) || used.Contains(image.Id.ToString())) continue;
            if (!options.All && children.ContainsKey(image.Id)) continue;
            steps.Add((image, await OwnBytesAsync(space, image, cancel).ConfigureAwait(false)));
        }
        long kept = steps.Sum(found => found.Bytes);
        List<string> names = [];
        foreach ((EngineImage image, long bytes) in steps.Where(found => options.Filter(found.Image)).OrderBy(found => found.Image.Config.Created))
        {
            if (options.KeepBytes > 0 && kept <= options.KeepBytes) break;
            kept -= bytes;
            names.AddRange(RecordsOf(space, image));
            foreach (EngineImage child in children.GetValueOrDefault(image.Id, []))
                await database.Content(space).UpdateAsync(new(child.Id, 0) { Labels = LabelSet.Empty }, ["labels." + ParentLabel, "labels." + StepLabel]).ConfigureAwait(false);
        }
        return await RemoveAsync(space, names, cancel).ConfigureAwait(false);
    }

    /// <summary>Whether a build made an image.</summary>
    private bool IsStep(string space, EngineImage image) => database.Content(space).Find(image.Id)?.Labels.ContainsKey(StepLabel) == true;

    /// <summary>The image that one stands on; <see langword="null"/> when there is none, or it is gone.</summary>
    private EngineImage? ParentOf(ContentStore content, EngineImage image)
    {
        if (content.Find(image.Id)?.Labels.GetValueOrDefault(ParentLabel) is not { } text) return null;
        return TryRead(content, text);
    }

    /// <summary>The image of a manifest, when it was made here on top of another or by a build.</summary>
    private EngineImage? MadeOf(ContentStore content, string manifest) =>
        TryRead(content, manifest) is { } image && content.Find(image.Id)?.Labels is { } labels && (labels.ContainsKey(ParentLabel) || labels.ContainsKey(StepLabel)) ? image : null;

    private EngineImage? TryRead(ContentStore content, string text)
    {
        if (!Digest.TryParse(text, out Digest manifest) || content.Find(manifest) is not { } info) return null;
        try
        {
            return cache.Read(content, new(MediaTypes.OciManifest, manifest, info.Size)) ?? cache.Read(content, new(MediaTypes.DockerManifest, manifest, info.Size));
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.InvalidArgument or ErrorKind.Unsupported or ErrorKind.DataLoss)
        {
            // To look it up by a name tells what is wrong.
            return null;
        }
    }

    /// <summary>Images that others stand on, and those.</summary>
    private Dictionary<Digest, List<EngineImage>> Parents(string space)
    {
        ContentStore content = database.Content(space);
        Dictionary<Digest, List<EngineImage>> children = [];
        foreach (EngineImage image in All(space).DistinctBy(image => image.Id))
        {
            if (ParentOf(content, image) is not { } parent) continue;
            if (!children.TryGetValue(parent.Id, out List<EngineImage>? list)) children[parent.Id] = list = [];
            list.Add(image);
        }
        return children;
    }

    private static async Task<IReadOnlyList<Mount>> BelowAsync(ISnapshotter files, string below, string work, CancellationToken cancel) =>
        below.Length == 0 ? [] : await files.ViewAsync($"{work}-below-{Guid.NewGuid():N}", below, null, cancel).ConfigureAwait(false);

    private async Task TakeAsync(string space, string work, ISnapshotter files, string key, string chain, CancellationToken cancel)
    {
        using KeyedLock.Holder held = await unpacking.EnterAsync($"{space}/{files.Name}/{chain}", cancel).ConfigureAwait(false);
        await database.Leases(space).AddResourceAsync(work, new(chain, LeaseResource.Snapshots + files.Name)).ConfigureAwait(false);
        step("take snapshot");
        if (database.Snapshots(space, files.Name).Find(chain) is not null) await files.RemoveAsync(key, CancellationToken.None).ConfigureAwait(false);
        else await files.CommitAsync(chain, key, LabelSet.Of((ImageUnpacker.ReferenceLabel, chain)), cancel).ConfigureAwait(false);
    }

    /// <summary>Unpacks the last of some layers; those below are there.</summary>
    private async Task UnpackOneAsync(string space, string work, Descriptor layer, IReadOnlyList<Digest> diffIds, CancellationToken cancel)
    {
        ImageUnpacker unpacker = Unpacker(space, "", work, null);
        unpacker.BeginOnTop(diffIds);
        Stream stored = ContentSource.Open(database.Content(space), layer.Digest) ?? throw new KeelsonException(ErrorKind.NotFound, $"unpack layer {layer.Digest}: it is not in the store");
        await using (stored.ConfigureAwait(false)) await unpacker.ConsumeAsync(layer, diffIds.Count - 1, stored, cancel).ConfigureAwait(false);
    }

    /// <summary>Sets labels that content lacks, which may have been there before.</summary>
    private async Task LabelAsync(string space, Digest digest, LabelSet labels)
    {
        ContentStore content = database.Content(space);
        if (content.Find(digest) is not { } info) throw new KeelsonException(ErrorKind.NotFound, $"label content {digest}: it is gone");
        string[] paths = [.. labels.Where(label => info.Labels.GetValueOrDefault(label.Key) != label.Value).Select(label => "labels." + label.Key)];
        if (paths.Length > 0) await content.UpdateAsync(new(digest, info.Size) { Labels = labels }, paths).ConfigureAwait(false);
    }

    private async Task DropDigestNameAsync(string space, Digest target)
    {
        string name = target.ToString();
        if (!database.Images(space).List().Any(record => record.Name == name)) return;
        try
        {
            await database.Images(space).DeleteAsync(name, announce: ImageEvents.Delete(space, name)).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Another build was faster.
        }
    }

    /// <summary>Bytes of the layer that a step made; 0 for one that made none.</summary>
    private async Task<long> OwnBytesAsync(string space, EngineImage image, CancellationToken cancel)
    {
        IReadOnlyList<Digest> diffIds = image.Config.Rootfs?.DiffIds ?? [];
        if (diffIds.Count == 0 || image.Config.History is [.., { IsEmptyLayer: true }]) return 0;
        string chain = ChainId.Of(diffIds)[^1].ToString();
        ISnapshotter files = snapshots.Of(space);
        return database.Snapshots(space, files.Name).Find(chain) is null ? 0 : (await files.UsageAsync(chain, cancel).ConfigureAwait(false)).SizeBytes;
    }

    /// <summary>A layer's descriptor in a manifest of the OCI, which knows docker's types by other names.</summary>
    private static Descriptor Modern(Descriptor layer) => layer with
    {
        MediaType = layer.MediaType switch
        {
            MediaTypes.DockerLayer => MediaTypes.OciLayer,
            MediaTypes.DockerLayerGzip => MediaTypes.OciLayerGzip,
            _ => layer.MediaType,
        },
    };
}
