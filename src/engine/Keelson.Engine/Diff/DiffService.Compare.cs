using System.Security.Cryptography;
using Keelson.Archive;
using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Diff;

public sealed partial class DiffService
{
    /// <summary>Makes a layer of what distinguishes one tree from another.</summary>
    /// <param name="space">The namespace that gets the layer.</param>
    /// <param name="lower">Mounts of the tree before; none for an empty one.</param>
    /// <param name="upper">Mounts of the tree after. When it is an overlay on just what is below, its upper directory alone is read.</param>
    /// <param name="request">What is to come of it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The layer; its content has the label <see cref="UncompressedLabel"/>.</returns>
    /// <exception cref="KeelsonException">Unsupported: layers of this type are not made. Others as <see cref="LayerDiff"/> says.</exception>
    public async Task<ContentDescriptor> CompareAsync(string space, IReadOnlyList<Mount> lower, IReadOnlyList<Mount> upper, DiffRequest request, CancellationToken cancel = default) =>
        (await MakeAsync(space, lower, upper, request, cancel).ConfigureAwait(false)).Layer;

    /// <summary>Makes a layer of what was written to a tree.</summary>
    /// <param name="space">The namespace that gets the layer.</param>
    /// <param name="tree">Mounts of the tree.</param>
    /// <param name="below">Brings mounts of what lies below; not asked when the tree itself tells what was written.</param>
    /// <param name="request">What is to come of it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The layer, and how many entries it has.</returns>
    internal async Task<(ContentDescriptor Layer, long Entries)> CompareWithBelowAsync(
        string space, IReadOnlyList<Mount> tree, Func<Task<IReadOnlyList<Mount>>> below, DiffRequest request, CancellationToken cancel)
    {
        bool isTold = OverlayParts.TryRead(tree, out OverlayParts? parts) && parts.Upper.Length > 0;
        return await MakeAsync(space, isTold ? null : await below().ConfigureAwait(false), tree, request, cancel).ConfigureAwait(false);
    }

    /// <summary>Makes a layer; without mounts of the tree before it is what the overlay itself holds.</summary>
    private async Task<(ContentDescriptor Layer, long Entries)> MakeAsync(string space, IReadOnlyList<Mount>? lower, IReadOnlyList<Mount> upper, DiffRequest request, CancellationToken cancel)
    {
        string mediaType = request.MediaType.Length == 0 ? MediaTypes.OciLayerGzip : request.MediaType;
        if (CompressionOf(mediaType) is not { } compression)
            return (await AskOthersAsync($"make a layer of type {mediaType}", other => other.CompareAsync(space, lower ?? [], upper, request, cancel)).ConfigureAwait(false), long.MaxValue);
        DiffOptions how = new() { Compression = compression, Level = request.Level };
        bool isOneOff = request.Reference.Length == 0;
        string reference = isOneOff ? "diff-" + RandomNumberGenerator.GetHexString(16, lowercase: true) : request.Reference;
        ContentStore content = database.Content(space, request.Lease);
        IContentWriter writer = await content.OpenWriterAsync(reference, cancel: cancel).ConfigureAwait(false);
        LayerResult result;
        ContentInfo info;
        try
        {
            if (writer.Offset > 0) await writer.TruncateAsync(0, cancel).ConfigureAwait(false);
            using ContentWriterStream target = new(writer);
            result = await Task.Factory.StartNew(() => Write(lower, upper, target, how, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            LabelSet labels = request.Labels.With(UncompressedLabel, result.DiffId.ToString());
            info = await CommitAsync(content, writer, result, labels).ConfigureAwait(false);
        }
        catch when (isOneOff)
        {
            writer.Dispose();
            if (content.ListStatuses().Any(status => status.Ref == reference)) await content.AbortAsync(reference).ConfigureAwait(false);
            throw;
        }
        finally
        {
            writer.Dispose();
        }
        return (new(mediaType, info.Digest, info.Size) { Annotations = LabelSet.Empty }, result.Entries);
    }

    private static async Task<ContentInfo> CommitAsync(ContentStore content, IContentWriter writer, LayerResult result, LabelSet labels)
    {
        try
        {
            return await writer.CommitAsync(result.StoredSize, result.Digest, labels).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
        {
            string[] paths = [.. labels.Keys.Select(key => "labels." + key)];
            return await content.UpdateAsync(new(result.Digest, result.StoredSize) { Labels = labels }, paths).ConfigureAwait(false);
        }
    }

    private static LayerResult Write(IReadOnlyList<Mount>? lower, IReadOnlyList<Mount> upper, Stream target, DiffOptions how, CancellationToken cancel)
    {
        if (OverlayParts.TryRead(upper, out OverlayParts? parts) && parts.Upper.Length > 0 && (lower is null || parts.StandsOn(lower)))
        {
            using FdHandle directory = OpenDirectory(parts.Upper);
            return LayerDiff.WriteUpper(directory, target, how, cancel);
        }
        using TemporaryMount after = TemporaryMount.Open(upper);
        using FdHandle afterRoot = OpenDirectory(after.Path);
        if (lower is { Count: > 0 })
        {
            using TemporaryMount before = TemporaryMount.Open(lower);
            using FdHandle beforeRoot = OpenDirectory(before.Path);
            return LayerDiff.Write(beforeRoot, afterRoot, target, how, cancel);
        }
        using TemporaryMount nothing = TemporaryMount.Open([new("tmpfs", "tmpfs", ["ro", "size=4k"])]);
        using FdHandle nothingRoot = OpenDirectory(nothing.Path);
        return LayerDiff.Write(nothingRoot, afterRoot, target, how, cancel);
    }

    private static FdHandle OpenDirectory(string path) => Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);

    private static CompressionKind? CompressionOf(string mediaType) => mediaType switch
    {
        MediaTypes.OciLayer or MediaTypes.DockerLayer => CompressionKind.None,
        MediaTypes.OciLayerGzip or MediaTypes.DockerLayerGzip => CompressionKind.Gzip,
        MediaTypes.OciLayerZstd => CompressionKind.Zstd,
        _ => null,
    };
}
