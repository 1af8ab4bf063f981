using System.Globalization;
using Keelson.Content;
using Keelson.Engine.Diff;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Labels on an image's content by which one object holds the next: those that containerd's clients set and read.</summary>
internal sealed class ImageLabels(ContentStore content)
{
    private const string SourcePrefix = "containerd.io/distribution.source.";

    /// <summary>The label that says from which repositories of a registry content came.</summary>
    public static string SourceLabel(string registry) => SourcePrefix + registry;

    /// <summary>The repositories that content came from or was pushed to, in one registry.</summary>
    public static IEnumerable<string> Sources(LabelSet labels, string registry) =>
        labels.TryGetValue(SourceLabel(registry), out string? paths) ? paths.Split(',').Where(path => RepositoryName.IsPath(path)) : [];

    /// <summary>Makes indexes hold manifests, and manifests hold configurations and layers.</summary>
    /// <param name="target">Where to begin.</param>
    /// <param name="source">The repository that it all came from; <see langword="null"/> for none.</param>
    public async Task SetReferencesAsync(ContentDescriptor target, RepositoryName? source)
    {
        Dictionary<Digest, LabelSet> wanted = [];
        Collect(new() { MediaType = target.MediaType, Digest = target.Digest, Size = target.Size }, source, wanted, 0);
        await SetAllAsync(wanted).ConfigureAwait(false);
    }

    /// <summary>Makes the configuration hold the topmost snapshot, and layers tell what they unpack to.</summary>
    public async Task SetUnpackedAsync(ImageManifest manifest, ImageConfig config, string snapshotter, string top)
    {
        Dictionary<Digest, LabelSet> wanted = [];
        if (top.Length > 0) wanted[manifest.Config.Digest] = LabelSet.Of(($"{ControlLabels.GcReference}.snapshot.{snapshotter}", top));
        IReadOnlyList<Digest> diffIds = config.Rootfs?.DiffIds ?? [];
        if (diffIds.Count == manifest.Layers.Count)
            for (int i = 0; i < diffIds.Count; i++) wanted[manifest.Layers[i].Digest] = LabelSet.Of((DiffService.UncompressedLabel, diffIds[i].ToString()));
        await SetAllAsync(wanted).ConfigureAwait(false);
    }

    private void Collect(Descriptor target, RepositoryName? source, Dictionary<Digest, LabelSet> wanted, int depth)
    {
        if (content.Find(target.Digest) is not { } info) return;
        LabelSet labels = Source(info, source);
        byte[]? document = MediaTypes.IsIndex(target.MediaType) || MediaTypes.IsManifest(target.MediaType) ? Read(target) : null;
        if (document is not null && ImageDocument.Identify(document, target.MediaType) == ImageDocumentKind.Manifest)
        {
            ImageManifest manifest = ImageManifest.Parse(document, target.MediaType);
            labels = labels.With($"{ControlLabels.GcReference}.content.config", manifest.Config.Digest.ToString());
            labels = With(labels, "l", manifest.Layers);
            foreach (Descriptor blob in manifest.Layers.Append(manifest.Config))
                if (source is not null && content.Find(blob.Digest) is { } found) wanted.TryAdd(blob.Digest, Source(found, source));
        }
        else if (document is not null && depth < Distribution.ImagePuller.MaxIndexDepth)
        {
            ImageIndex index = ImageIndex.Parse(document, target.MediaType);
            labels = With(labels, "m", index.Manifests);
            foreach (Descriptor child in index.Manifests) Collect(child, source, wanted, depth + 1);
        }
        wanted[target.Digest] = labels;
    }

    private static LabelSet With(LabelSet labels, string kind, IReadOnlyList<Descriptor> children) => LabelSet.From(
        [.. labels, .. children.Select((child, i) => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"{ControlLabels.GcReference}.content.{kind}.{i}"), child.Digest.ToString()))]);

    private static LabelSet Source(ContentInfo info, RepositoryName? source)
    {
        if (source is null) return LabelSet.Empty;
        string key = SourceLabel(source.Registry);
        string[] paths = [.. Sources(info.Labels, source.Registry).Append(source.Path).Distinct().Order(StringComparer.Ordinal)];
        string all = string.Join(',', paths);
        // A blob that half of a registry has needs no longer list.
        return key.Length + all.Length > LabelSet.LimitBytes ? LabelSet.Empty : LabelSet.Of((key, all));
    }

    /// <summary>Sets labels at the same time, so that they share a sync of the log.</summary>
    private async Task SetAllAsync(Dictionary<Digest, LabelSet> wanted) => await Task.WhenAll(wanted.Select(async pair =>
    {
        (Digest digest, LabelSet labels) = pair;
        if (content.Find(digest) is not { } info) return;
        string[] paths = [.. labels.Where(label => info.Labels.GetValueOrDefault(label.Key) != label.Value).Select(label => "labels." + label.Key)];
        if (paths.Length > 0) await content.UpdateAsync(new(digest, info.Size) { Labels = labels }, paths).ConfigureAwait(false);
    })).ConfigureAwait(false);

    private byte[] Read(Descriptor target)
    {
        using ContentReader reader = content.OpenReader(target.Digest);
        return reader.ReadAll(DocumentLimits.MaxBytes);
    }
}
