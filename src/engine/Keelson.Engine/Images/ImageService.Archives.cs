using Keelson.Archive;
using Keelson.Content;
using Keelson.Distribution;
using Keelson.Engine.Diff;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Images;

public sealed partial class ImageService
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<EngineImage>> LoadAsync(string space, Stream archive, IProgress<ImageProgress>? progress = null, CancellationToken cancel = default) =>
        LoadAsync(space, archive, static (names, target) => names.Count > 0 ? [.. names.Select(name => ImageReference.Parse(name).ToString())] : [target.ToString()], true, progress, cancel);

    /// <summary>Reads an archive whose images get other names than it says.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="archive">The archive.</param>
    /// <param name="rename">Makes the names of an image from those in the archive and the digest of its target; one without names is not kept.</param>
    /// <param name="unpacks">Whether images are unpacked, and have to be for this platform.</param>
    /// <param name="progress">Hears what happens.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task<IReadOnlyList<EngineImage>> LoadAsync(
        string space, Stream archive, Func<IReadOnlyList<string>, Digest, IReadOnlyList<string>> rename, bool unpacks, IProgress<ImageProgress>? progress, CancellationToken cancel)
    {
        string lease = await BeginAsync(space, null).ConfigureAwait(false);
        try
        {
            ContentStore content = database.Content(space);
            List<EngineImage> images = [];
            foreach (ArchivedImage archived in await ImageArchive.ImportAsync(archive, new ContentIngest(database, space, lease, LabelSet.Empty), cancel).ConfigureAwait(false))
            {
                ContentDescriptor target = new(archived.Target.MediaType, archived.Target.Digest, archived.Target.Size);
                await new ImageLabels(content).SetReferencesAsync(target, null).ConfigureAwait(false);
                EngineImage? image = cache.Read(content, target);
                if (image is null && unpacks) throw new KeelsonException(ErrorKind.NotFound, $"load {target.Digest}: the archive has no image for {Platform.Current}");
                if (unpacks) await UnpackUnderAsync(space, image!, "", lease, progress, cancel).ConfigureAwait(false);
                foreach (string name in rename(archived.Names, target.Digest)) await NameAsync(space, name, target).ConfigureAwait(false);
                if (image is not null) images.Add(await WithNamesAsync(space, image, cancel).ConfigureAwait(false));
            }
            progress?.Report(new(ImageStep.Done, null, 0, 0));
            return images;
        }
        finally
        {
            await EndAsync(space, lease).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task SaveAsync(string space, IReadOnlyList<string> images, Stream archive, CancellationToken cancel = default)
    {
        List<ArchivedImage> saved = [];
        ContentStore content = database.Content(space);
        foreach (string wanted in images)
        {
            EngineImage image = await GetAsync(space, wanted, cancel).ConfigureAwait(false);
            // An identity saves the image without its names, as docker's.
            string? name = Named(space, wanted)?.Name;
            Descriptor target = ImageReader.PushTarget(content, image.Target);
            saved.Add(new(target, name is null || Digest.TryParse(name, out _) ? [] : [name]));
        }
        IReadOnlyList<ArchivedImage> merged = [.. saved.GroupBy(image => image.Target.Digest).Select(same => new ArchivedImage(same.First().Target, [.. same.SelectMany(image => image.Names).Distinct()]))];
        await ImageArchive.ExportAsync(archive, new ContentSource(content), merged, null, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<EngineImage> ImportAsync(string space, Stream tree, ImageReference? reference, Func<ImageConfig, ImageConfig>? configure = null, CancellationToken cancel = default)
    {
        string lease = await BeginAsync(space, null).ConfigureAwait(false);
        try
        {
            ContentIngest ingest = new(database, space, lease, LabelSet.Empty);
            Descriptor layer = await StoreAsync(ingest, tree, cancel).ConfigureAwait(false);
            Digest diffId = await UnpackTreeAsync(space, lease, layer, cancel).ConfigureAwait(false);
            DateTimeOffset now = database.Options.Time.GetUtcNow();
            ImageConfig config = new()
            {
                Created = now,
                Architecture = Platform.Current.Architecture,
                Os = Platform.Current.Os,
                Config = new(),
                Rootfs = new() { Type = "layers", DiffIds = [diffId] },
                History = [new() { Created = now, Comment = "imported" }],
            };
            if (configure is not null) config = configure(config);
            Descriptor stored = await StoreAsync(ingest, MediaTypes.OciConfig, config.ToUtf8(), cancel).ConfigureAwait(false);
            ImageManifest manifest = new() { MediaType = MediaTypes.OciManifest, Config = stored, Layers = [layer] };
            Descriptor target = await StoreAsync(ingest, MediaTypes.OciManifest, manifest.ToUtf8(), cancel).ConfigureAwait(false);
            ContentDescriptor described = new(target.MediaType, target.Digest, target.Size);
            ImageLabels labels = new(database.Content(space));
            await labels.SetReferencesAsync(described, null).ConfigureAwait(false);
            await labels.SetUnpackedAsync(manifest, config, snapshots.Of(space).Name, diffId.ToString()).ConfigureAwait(false);
            string name = reference?.ToString() ?? target.Digest.ToString();
            await NameAsync(space, name, described).ConfigureAwait(false);
            return await GetAsync(space, name, cancel).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(space, lease).ConfigureAwait(false);
        }
    }

    /// <summary>Stores a tree as it comes; what it is is told by its first bytes.</summary>
    private static async Task<Descriptor> StoreAsync(ContentIngest ingest, Stream tree, CancellationToken cancel)
    {
        string reference = "import-" + Guid.NewGuid().ToString("N");
        IBlobWriter writer = await ingest.OpenWriterAsync(reference, cancel).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            byte[] buffer = new byte[256 << 10];
            CompressionKind? kind = null;
            for (int read; (read = await tree.ReadAtLeastAsync(buffer, Compression.MagicBytes, throwOnEndOfStream: false, cancel).ConfigureAwait(false)) > 0;)
            {
                kind ??= Compression.Detect(buffer.AsSpan(0, Math.Min(read, Compression.MagicBytes)));
                await writer.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
            }
            if (kind is null) throw new KeelsonException(ErrorKind.InvalidArgument, "import an image: the archive is empty");
            long size = writer.Offset;
            Digest digest = await writer.CommitAsync(default, size, cancel).ConfigureAwait(false);
            string mediaType = kind switch { CompressionKind.Gzip => MediaTypes.OciLayerGzip, CompressionKind.Zstd => MediaTypes.OciLayerZstd, _ => MediaTypes.OciLayer };
            return new() { MediaType = mediaType, Digest = digest, Size = size };
        }
    }

    private static async Task<Descriptor> StoreAsync(ContentIngest ingest, string mediaType, byte[] document, CancellationToken cancel)
    {
        Digest digest = Digest.Of(document);
        IBlobWriter writer = await ingest.OpenWriterAsync($"import-{digest}", cancel).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            if (writer.Offset > 0) await writer.ResetAsync(cancel).ConfigureAwait(false);
            await writer.WriteAsync(document, cancel).ConfigureAwait(false);
            await writer.CommitAsync(digest, document.Length, cancel).ConfigureAwait(false);
        }
        return new() { MediaType = mediaType, Digest = digest, Size = document.Length };
    }

    /// <summary>Unpacks a layer whose digest without compression is not known yet.</summary>
    private async Task<Digest> UnpackTreeAsync(string space, string lease, Descriptor layer, CancellationToken cancel)
    {
        ISnapshotter files = snapshots.Of(space, "", lease);
        string key = "import-" + Guid.NewGuid().ToString("N");
        IReadOnlyList<Mount> mounts = await files.PrepareAsync(key, "", null, cancel).ConfigureAwait(false);
        bool isCommitted = false;
        try
        {
            Digest diffId = (await new DiffService(database).ApplyAsync(space, new(layer.MediaType, layer.Digest, layer.Size), mounts, cancel).ConfigureAwait(false)).Digest;
            using KeyedLock.Holder held = await unpacking.EnterAsync($"{space}/{files.Name}/{diffId}", cancel).ConfigureAwait(false);
            LeaseResource resource = new(diffId.ToString(), LeaseResource.Snapshots + files.Name);
            await database.Leases(space).AddResourceAsync(lease, resource).ConfigureAwait(false);
            if (database.Snapshots(space, files.Name).Find(diffId.ToString()) is not null) return diffId;
            await files.CommitAsync(diffId.ToString(), key, LabelSet.Of((ImageUnpacker.ReferenceLabel, diffId.ToString())), cancel).ConfigureAwait(false);
            isCommitted = true;
            return diffId;
        }
        finally
        {
            if (!isCommitted) await files.RemoveAsync(key, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
