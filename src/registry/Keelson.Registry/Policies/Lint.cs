using Keelson.Oci;
using Keelson.Registry.Store;

namespace Keelson.Registry.Policies;

/// <summary>Refuses images that do not say of themselves what they have to. Indexes, and what is no image (signatures, charts), pass.</summary>
internal sealed class Lint(IReadOnlyList<LintRule> rules, BlobStore blobs) : IPushRule
{
    public async ValueTask CheckAsync(string repository, StoredManifest manifest, IReadOnlyList<string> tags, CancellationToken cancel)
    {
        if (!manifest.IsImage) return;
        List<LintRule> meant = [.. rules.Where(rule => rule.IsAbout(repository))];
        if (meant.Count == 0) return;
        IReadOnlyDictionary<string, string>? annotations = manifest.Descriptor.Annotations;
        List<string> asked = [.. meant.SelectMany(rule => rule.Annotations).Distinct().Where(name => annotations?.ContainsKey(name) != true)], labels = [.. meant.SelectMany(rule => rule.Labels).Distinct()];
        if (asked.Count + labels.Count == 0) return;
        IReadOnlyDictionary<string, string>? had = await LabelsAsync(repository, manifest.Blobs[0].Digest, cancel).ConfigureAwait(false);
        asked.RemoveAll(name => had?.ContainsKey(name) == true);
        labels.RemoveAll(name => had?.ContainsKey(name) == true);
        if (asked.Count + labels.Count == 0) return;
        List<string> parts = [];
        if (asked.Count > 0) parts.Add("annotations " + string.Join(", ", asked));
        if (labels.Count > 0) parts.Add("labels " + string.Join(", ", labels));
        throw new RegistryFault(RegistryErrorCode.ManifestInvalid, $"images of {repository} must have what this one lacks: {string.Join("; ", parts)}", manifest.Digest.ToString());
    }

    private async ValueTask<IReadOnlyDictionary<string, string>?> LabelsAsync(string repository, Digest digest, CancellationToken cancel)
    {
        try
        {
            // One that is not there is refused afterwards, with an error of its own.
            if (await blobs.ReadAsync(repository, digest, DocumentLimits.MaxBytes, cancel).ConfigureAwait(false) is not { } content) return null;
            return ImageConfig.Parse(content.Span).Config?.Labels;
        }
        catch (Exception e) when (e is OciFormatException || e is KeelsonException { Kind: ErrorKind.DataLoss })
        {
            throw new RegistryFault(RegistryErrorCode.ManifestInvalid, "the image's configuration cannot be read, and it must have labels", digest.ToString(), e);
        }
    }
}
