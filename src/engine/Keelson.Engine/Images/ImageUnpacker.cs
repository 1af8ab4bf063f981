using System.Globalization;
using System.Security.Cryptography;
using Keelson.Archive;
using Keelson.Content;
using Keelson.Distribution;
using Keelson.Engine.Diff;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Images;

/// <summary>Unpacks the layers of an image into snapshots, from the bottom up, each while it comes.</summary>
/// <remarks>
/// The key of a committed snapshot is the layer's chain ID, and its labels are containerd's, so either engine finds what the other would have made. A
/// layer whose snapshot is there is not unpacked again, and two images that need the same one at the same time unpack it once.
/// </remarks>
/// <param name="database">For the lease.</param>
/// <param name="space">The namespace.</param>
/// <param name="lease">Holds all snapshots.</param>
/// <param name="snapshots">The snapshotter of the namespace, under the lease.</param>
/// <param name="locks">What is shared by all that unpack.</param>
/// <param name="progress">Hears what happens.</param>
/// <param name="step">Called between the steps, with their names.</param>
internal sealed class ImageUnpacker(
    MetadataDatabase database, string space, string lease, ISnapshotter snapshots, KeyedLock locks, IProgress<ImageProgress>? progress, Action<string> step) : ILayerConsumer
{
    /// <summary>Label of a snapshot: which chain ID it is, or will be.</summary>
    public const string ReferenceLabel = "containerd.io/snapshot.ref";

    private IReadOnlyList<Digest> diffIds = [], chain = [];
    private TaskCompletionSource[] done = [];

    /// <summary>The key of the topmost snapshot; empty for an image without layers, and before <see cref="Begin"/>.</summary>
    public string Top => chain.Count == 0 ? "" : chain[^1].ToString();

    /// <inheritdoc/>
    public ValueTask BeginAsync(PulledManifest manifest, CancellationToken cancellation)
    {
        bool isImage = manifest.Config?.Rootfs?.DiffIds.Count == manifest.Manifest.Layers.Count && manifest.Manifest.Layers.All(layer => MediaTypes.IsLayer(layer.MediaType));
        Begin(isImage ? manifest.Config!.Rootfs!.DiffIds : []);
        return ValueTask.CompletedTask;
    }

    /// <summary>Tells of the layers that come.</summary>
    public void Begin(IReadOnlyList<Digest> layers)
    {
        diffIds = layers;
        chain = ChainId.Of(layers);
        done = [.. layers.Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
    }

    /// <summary>Tells of layers of which all but the last are unpacked.</summary>
    public void BeginOnTop(IReadOnlyList<Digest> layers)
    {
        Begin(layers);
        foreach (TaskCompletionSource below in done.AsSpan()[..^1]) below.SetResult();
    }

    /// <inheritdoc/>
    public async Task ConsumeAsync(Descriptor layer, int index, Stream content, CancellationToken cancellation)
    {
        // What is no image is kept and not unpacked.
        if (diffIds.Count == 0) return;
        try
        {
            if (index > 0) await done[index - 1].Task.WaitAsync(cancellation).ConfigureAwait(false);
            using KeyedLock.Holder held = await locks.EnterAsync($"{space}/{snapshots.Name}/{chain[index]}", cancellation).ConfigureAwait(false);
            if (await HoldAsync(chain[index].ToString()).ConfigureAwait(false)) progress?.Report(new(ImageStep.Exists, layer.Digest, layer.Size, layer.Size));
            else await Tracing.RunAsync("unpack layer", "keelson.layer", layer.Digest.ToString(), () => UnpackAsync(layer, index, content, cancellation)).ConfigureAwait(false);
            done[index].SetResult();
        }
        catch
        {
            // For those above it is as if they were cancelled: the error of this layer is the one that counts.
            done[index].TrySetCanceled(CancellationToken.None);
            throw;
        }
    }

    private async Task UnpackAsync(Descriptor layer, int index, Stream content, CancellationToken cancellation)
    {
        string name = chain[index].ToString(), parent = index == 0 ? "" : chain[index - 1].ToString();
        string key = string.Create(CultureInfo.InvariantCulture, $"extract-{database.Options.Time.GetTimestamp()}-{RandomNumberGenerator.GetHexString(4, lowercase: true)} {name}");
        LabelSet labels = LabelSet.Of((ReferenceLabel, name));
        progress?.Report(new(ImageStep.Unpacking, layer.Digest, 0, layer.Size));
        step("prepare");
        IReadOnlyList<Mount> mounts = await snapshots.PrepareAsync(key, parent, labels, cancellation).ConfigureAwait(false);
        try
        {
            step("extract");
            LayerResult result = await ApplyAsync(layer, content, mounts, cancellation).ConfigureAwait(false);
            if (result.DiffId != diffIds[index]) throw new KeelsonException(ErrorKind.DataLoss, $"unpack {layer.Digest}: it unpacks to {result.DiffId}, its configuration says {diffIds[index]}");
            step("commit");
            await snapshots.CommitAsync(name, key, labels, cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            try
            {
                await snapshots.RemoveAsync(key, CancellationToken.None).ConfigureAwait(false);
            }
            catch (KeelsonException second) when (second.Kind == ErrorKind.NotFound)
            {
                // The commit was done, or a collection was faster.
            }
            // Somebody who does not know these locks, such as a client of the API, unpacked the same.
            if (e is KeelsonException { Kind: ErrorKind.AlreadyExists } && await HoldAsync(name).ConfigureAwait(false)) return;
            throw;
        }
        progress?.Report(new(ImageStep.Unpacking, layer.Digest, layer.Size, layer.Size));
    }

    private static async Task<LayerResult> ApplyAsync(Descriptor layer, Stream content, IReadOnlyList<Mount> mounts, CancellationToken cancellation)
    {
        try
        {
            return await DiffService.ApplyAsync(content, mounts, cancellation).ConfigureAwait(false);
        }
        catch (ArchiveException e)
        {
            throw new KeelsonException(e.Kind, $"unpack {layer.Digest}", e);
        }
    }

    /// <summary>Makes the lease hold a snapshot.</summary>
    /// <returns>Whether there is such a committed one.</returns>
    private async Task<bool> HoldAsync(string name)
    {
        SnapshotIndex index = database.Snapshots(space, snapshots.Name);
        if (index.Find(name) is not { Kind: SnapshotKind.Committed }) return false;
        await database.Leases(space).AddResourceAsync(lease, new(name, LeaseResource.Snapshots + snapshots.Name)).ConfigureAwait(false);
        // A collection that had begun before may have taken it.
        return index.Find(name) is { Kind: SnapshotKind.Committed };
    }
}
