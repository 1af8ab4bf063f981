using Keelson.Oci;
using Keelson.Registry.Signatures;
using Keelson.Registry.Store;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Browse;

/// <summary>Finds out what there is to tell of images. What is damaged or missing is left out, or told as a problem: a page about a store must not fail for one image of it.</summary>
internal sealed class ImageReader(ManifestStore manifests, BlobStore blobs, SignatureReader signatures, SignatureGuard? guard)
{
    /// <summary>Most referrers that are told of one image.</summary>
    private const int ReferrerLimit = 1000;

    /// <summary>What a tag is.</summary>
    public async Task<BrowsedTag> TagAsync(string repository, TagEntry tag, PullCount pulls, bool isImmutable, CancellationToken cancel)
    {
        StoredManifest? manifest = await TryFindAsync(repository, tag.Digest, cancel).ConfigureAwait(false);
        return new(tag.Name, tag.Digest.ToString(), manifest?.MediaType, manifest is null ? null : ArtifactType(manifest), manifest is null ? 0 : await BytesAsync(repository, manifest, cancel).ConfigureAwait(false),
            tag.Modified, pulls.Count > 0 ? pulls.Last : null, pulls.Count, manifest is null ? [] : await PlatformsAsync(repository, manifest, cancel).ConfigureAwait(false), isImmutable);
    }

    /// <summary>All of an image.</summary>
    public async Task<BrowsedImage> ImageAsync(string repository, StoredManifest manifest, IReadOnlyList<string> tags, PullCount pulls, CancellationToken cancel)
    {
        (Descriptor? config, ImageConfig? document, string? problem) = await ConfigAsync(repository, manifest, cancel).ConfigureAwait(false);
        return new()
        {
            Repository = repository, Digest = manifest.Digest.ToString(), MediaType = manifest.MediaType, ArtifactType = ArtifactType(manifest), ManifestBytes = manifest.Content.Length,
            Bytes = await BytesAsync(repository, manifest, cancel).ConfigureAwait(false), Pushed = await manifests.PushedAsync(repository, manifest.Digest, cancel).ConfigureAwait(false),
            Pulled = pulls.Count > 0 ? pulls.Last : null, Pulls = pulls.Count, Tags = tags, Platforms = await PlatformsAsync(repository, manifest, cancel).ConfigureAwait(false),
            Annotations = manifest.Descriptor.Annotations, Subject = manifest.Subject?.Digest.ToString(), Config = config is null ? null : Describe(config, document, problem),
            Layers = [.. manifest.Blobs.Skip(1).Select(Describe)], Manifests = [.. manifest.Manifests.Select(Describe)], Referrers = await ReferrersAsync(repository, manifest.Digest, cancel).ConfigureAwait(false),
        };
    }

    private async Task<List<BrowsedReferrer>> ReferrersAsync(string repository, Digest subject, CancellationToken cancel)
    {
        List<BrowsedReferrer> found = [];
        foreach (Descriptor referrer in (await manifests.ReferrersAsync(repository, subject, cancel).ConfigureAwait(false)).Take(ReferrerLimit))
        {
            string kind = ReferrerKinds.Of(referrer.ArtifactType);
            found.Add(new(referrer.Digest.ToString(), referrer.MediaType, referrer.ArtifactType, kind, referrer.Size, null, referrer.Annotations,
                await SignersAsync(repository, subject, referrer.Digest, kind, cancel).ConfigureAwait(false)));
        }
        foreach ((string ending, string kind) in ReferrerKinds.CosignTags)
        {
            string tag = $"{subject.Algorithm}-{subject.Hex}{ending}";
            // sha512 makes a tag that is too long for one.
            if (!ImageReference.IsTag(tag) || await manifests.ResolveAsync(repository, tag, cancel).ConfigureAwait(false) is not { } digest) continue;
            if (await TryFindAsync(repository, digest, cancel).ConfigureAwait(false) is { } manifest)
                found.Add(new(digest.ToString(), manifest.MediaType, ArtifactType(manifest), kind, manifest.Content.Length, tag, manifest.Descriptor.Annotations,
                    await SignersAsync(repository, subject, digest, kind, cancel).ConfigureAwait(false)));
        }
        return found;
    }

    private async Task<IReadOnlyList<BrowsedSigner>> SignersAsync(string repository, Digest subject, Digest signature, string kind, CancellationToken cancel)
    {
        if (kind != ReferrerKinds.Signature) return [];
        List<Signer> signers = await signatures.SignersAsync(repository, subject, signature, guard?.KeysOf(repository) ?? [], cancel).ConfigureAwait(false);
        return [.. signers.Select(signer => new BrowsedSigner(signer.Name, signer.IsVerified))];
    }

    private async Task<(Descriptor? Config, ImageConfig? Document, string? Problem)> ConfigAsync(string repository, StoredManifest manifest, CancellationToken cancel)
    {
        if (manifest.Blobs.Count == 0 || !MediaTypes.IsConfig(manifest.Blobs[0].MediaType)) return default;
        Descriptor config = manifest.Blobs[0];
        try
        {
            return await blobs.ReadAsync(repository, config.Digest, DocumentLimits.MaxBytes, cancel).ConfigureAwait(false) is { } content
                ? (config, ImageConfig.Parse(content.Span), null) : (config, null, "it is not there");
        }
        catch (Exception e) when (e is OciFormatException || e is KeelsonException { Kind: ErrorKind.DataLoss })
        {
            return (config, null, e is OciFormatException ? e.Message : "it is too long");
        }
    }

    private async Task<IReadOnlyList<string>> PlatformsAsync(string repository, StoredManifest manifest, CancellationToken cancel)
    {
        // An index names parts that are attached to others with a platform that is none.
        if (manifest.Manifests.Count > 0)
            return [.. manifest.Manifests.Select(child => child.Platform).OfType<Platform>().Where(platform => platform is not { Os: "unknown" }).Select(platform => platform.ToString()).Distinct().Order(StringComparer.Ordinal)];
        if (!manifest.IsImage) return [];
        (_, ImageConfig? document, _) = await ConfigAsync(repository, manifest, cancel).ConfigureAwait(false);
        return document is { Os.Length: > 0, Architecture.Length: > 0 } ? [document.Platform.ToString()] : [];
    }

    /// <summary>A manifest with its blobs; of an index its manifests with theirs.</summary>
    private async Task<long> BytesAsync(string repository, StoredManifest manifest, CancellationToken cancel)
    {
        HashSet<Digest> counted = [manifest.Digest];
        long bytes = manifest.Content.Length + Blobs(manifest, counted);
        foreach (Descriptor child in manifest.Manifests)
        {
            if (!counted.Add(child.Digest) || await TryFindAsync(repository, child.Digest, cancel).ConfigureAwait(false) is not { } part) continue;
            bytes += part.Content.Length + Blobs(part, counted);
        }
        return bytes;
    }

    private async Task<StoredManifest?> TryFindAsync(string repository, Digest digest, CancellationToken cancel)
    {
        try
        {
            return await manifests.FindAsync(repository, digest, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
        {
            return null;
        }
    }

    private static long Blobs(StoredManifest manifest, HashSet<Digest> counted)
    {
        long bytes = 0;
        foreach (Descriptor blob in manifest.Blobs)
            // Nothing checks the sizes of what need not be there: they must not overflow.
            if (counted.Add(blob.Digest)) bytes += Math.Min(blob.Size, long.MaxValue / 1_000_000_000);
        return bytes;
    }

    private static string? ArtifactType(StoredManifest manifest) => manifest.IsImage || MediaTypes.IsConfig(manifest.Descriptor.ArtifactType) ? null : manifest.Descriptor.ArtifactType;

    private static BrowsedPart Describe(Descriptor part) => new(part.Digest.ToString(), part.MediaType, part.Size, part.Platform?.ToString(), part.ArtifactType, part.Annotations);

    private static BrowsedConfig Describe(Descriptor config, ImageConfig? document, string? problem)
    {
        BrowsedConfig described = new() { Digest = config.Digest.ToString(), MediaType = config.MediaType, Bytes = config.Size, Problem = problem };
        if (document is null) return described;
        ContainerConfig? container = document.Config;
        return described with
        {
            Created = document.Created,
            Author = document.Author,
            Platform = document is { Os.Length: > 0, Architecture.Length: > 0 } ? document.Platform.ToString() : null,
            User = container?.User,
            WorkingDirectory = container?.WorkingDirectory,
            StopSignal = container?.StopSignal,
            Env = container?.Env,
            Entrypoint = container?.Entrypoint,
            Command = container?.Cmd,
            Ports = container?.ExposedPorts?.Keys.ToList(),
            Volumes = container?.Volumes?.Keys.ToList(),
            Labels = container?.Labels,
            History = document.History?.Where(step => step is not null).Select(step => new BrowsedStep(step.Created, step.CreatedBy, step.Comment, step.IsEmptyLayer)).ToList(),
        };
    }
}
