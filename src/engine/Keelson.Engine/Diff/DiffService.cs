using Keelson.Archive;
using Keelson.Content;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.Engine.Diff;

/// <summary>Applies layers of the content store to mounts, and makes layers of what distinguishes two lists of mounts. containerd's diff service.</summary>
public sealed partial class DiffService
{
    /// <summary>The digest of a layer before compression, as a label of its content.</summary>
    public const string UncompressedLabel = "containerd.io/uncompressed";

    private readonly MetadataDatabase database;

    /// <summary>Makes the service; the database stays the caller's.</summary>
    public DiffService(MetadataDatabase database) => this.database = database;

    /// <summary>Applies a layer: plain, gzip or zstd, whatever its media type says of it.</summary>
    /// <param name="space">The namespace of the content.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="mounts">Where to, as a snapshotter answered. A single overlay or bind mount is not mounted: its directory is written to.</param>
    /// <param name="cancel">Ends it early; what was made stays.</param>
    /// <returns>The layer before compression.</returns>
    /// <exception cref="KeelsonException">NotFound: the content is missing. Unsupported: it is no layer. Others as <see cref="LayerExtractor"/> says.</exception>
    public async Task<ContentDescriptor> ApplyAsync(string space, ContentDescriptor layer, IReadOnlyList<Mount> mounts, CancellationToken cancel = default)
    {
        if (!IsLayer(layer.MediaType)) throw new KeelsonException(ErrorKind.Unsupported, $"apply {layer.Digest}: nobody knows how to unpack {layer.MediaType}");
        using ContentReader reader = database.Content(space).OpenReader(layer.Digest);
        Stream stream = reader.OpenStream();
        await using (stream.ConfigureAwait(false))
        {
            LayerResult result = await ApplyAsync(stream, mounts, cancel).ConfigureAwait(false);
            return new(MediaTypes.OciLayer, result.DiffId, result.Size);
        }
    }

    /// <summary>Applies a layer that comes as a stream.</summary>
    /// <inheritdoc cref="ApplyAsync(string, ContentDescriptor, IReadOnlyList{Mount}, CancellationToken)"/>
    internal static async Task<LayerResult> ApplyAsync(Stream layer, IReadOnlyList<Mount> mounts, CancellationToken cancel)
    {
        using LayerTarget target = LayerTarget.Open(mounts);
        // The digest of the content is checked where it is stored; that of the archive is what the result tells.
        return await LayerExtractor.ExtractAsync(layer, target.Root, target.Options with { Limits = new() { AllowsMissingEnd = true } }, cancel).ConfigureAwait(false);
    }

    private static bool IsLayer(string mediaType) => MediaTypes.IsLayer(mediaType) && (Compression.TryFromMediaType(mediaType, out _) || mediaType.EndsWith(".tar", StringComparison.Ordinal));
}
