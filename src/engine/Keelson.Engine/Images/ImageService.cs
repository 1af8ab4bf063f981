using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Keelson.Content;
using Keelson.Distribution;
using Keelson.Engine.Snapshots;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Images of the engine, on the stores of content and snapshots.</summary>
/// <remarks>
/// Whatever a call makes is held by a lease of its own until the image's name holds it: name, index, manifest, configuration, layers, and from the
/// configuration the snapshots, each by a label of the one before. The labels are containerd's, so its clients and this engine collect the same garbage.
/// </remarks>
public sealed partial class ImageService : IImageService, IDisposable
{
    /// <summary>On a lease: the name of the image that a pull was to bring.</summary>
    private const string PullLabel = "keelson/pull";

    private readonly MetadataDatabase database;
    private readonly SnapshotService snapshots;
    private readonly ImageServiceOptions options;
    private readonly RegistryClient client;
    private readonly RangeBuffers buffers = new();
    private readonly KeyedLock unpacking = new();
    private readonly ImageCache cache = new();
    private readonly ConcurrentDictionary<(string Space, string Lease), bool> working = [];
    private readonly Action<string> step;
    private int pulls;

    /// <summary>Makes the service. The stores stay the caller's.</summary>
    public ImageService(MetadataDatabase database, SnapshotService snapshots, ImageServiceOptions? options = null)
    {
        this.database = database;
        this.snapshots = snapshots;
        this.options = options ??= new();
        step = options.Step ?? (static _ => { });
        client = new(options.Client with { Hosts = options.Hosts, Credentials = options.Credentials });
    }

    /// <summary>Closes the connections to registries.</summary>
    public void Dispose() => client.Dispose();

    /// <inheritdoc/>
    public async Task<string> UnpackAsync(string space, EngineImage image, string snapshotter = "", string? lease = null, CancellationToken cancel = default)
    {
        if (lease is not null) return await UnpackUnderAsync(space, image, snapshotter, lease, null, cancel).ConfigureAwait(false);
        string own = await BeginAsync(space, null).ConfigureAwait(false);
        try
        {
            return await UnpackUnderAsync(space, image, snapshotter, own, null, cancel).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(space, own).ConfigureAwait(false);
        }
    }

    private async Task<string> UnpackUnderAsync(string space, EngineImage image, string snapshotter, string lease, IProgress<ImageProgress>? progress, CancellationToken cancel)
    {
        ImageUnpacker unpacker = Unpacker(space, snapshotter, lease, progress);
        PulledManifest manifest = new(new() { MediaType = image.Document.MediaType ?? MediaTypes.OciManifest, Digest = image.Manifest, Size = 0 }, image.Document, image.Config);
        await unpacker.BeginAsync(manifest, cancel).ConfigureAwait(false);
        ContentStore content = database.Content(space);
        for (int i = 0; i < image.Document.Layers.Count; i++)
        {
            Descriptor layer = image.Document.Layers[i];
            Stream stored = ContentSource.Open(content, layer.Digest) ?? throw new KeelsonException(ErrorKind.NotFound, $"unpack {image.Id}: its layer {layer.Digest} is not in the store");
            await using (stored.ConfigureAwait(false)) await unpacker.ConsumeAsync(layer, i, stored, cancel).ConfigureAwait(false);
        }
        string name = snapshots.Of(space, snapshotter).Name;
        await new ImageLabels(content).SetUnpackedAsync(image.Document, image.Config, name, unpacker.Top).ConfigureAwait(false);
        return unpacker.Top;
    }

    private ImageUnpacker Unpacker(string space, string snapshotter, string lease, IProgress<ImageProgress>? progress) =>
        new(database, space, lease, snapshots.Of(space, snapshotter, lease), unpacking, progress, step);

    /// <summary>Makes the lease of a call. It ends by itself, should the process not come to it.</summary>
    private async Task<string> BeginAsync(string space, string? pull)
    {
        DateTimeOffset end = database.Options.Time.GetUtcNow() + options.LeaseLifetime;
        LabelSet labels = LabelSet.Of((ControlLabels.GcExpire, end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        if (pull is not null) labels = labels.With(PullLabel, pull);
        string id = "keelson-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        working[(space, id)] = true;
        await database.Leases(space).CreateAsync(id, labels).ConfigureAwait(false);
        return id;
    }

    private async Task EndAsync(string space, string lease)
    {
        working.TryRemove((space, lease), out _);
        try
        {
            await database.Leases(space).DeleteAsync(lease).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It had expired, or somebody removed it.
        }
    }
}
