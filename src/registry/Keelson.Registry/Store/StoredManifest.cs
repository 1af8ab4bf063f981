using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>A manifest or an index, and what it says of others.</summary>
internal sealed record StoredManifest
{
    private const string SignedSchema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    public required Digest Digest { get; init; }

    public required ReadOnlyMemory<byte> Content { get; init; }

    public required string MediaType { get; init; }

    /// <summary>The configuration and the layers of a manifest; none of an index.</summary>
    public IReadOnlyList<Descriptor> Blobs { get; init; } = [];

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<Descriptor> Manifests { get; init; } = [];

    /// <summary>All content that it names as its parts.</summary>
    public IReadOnlyList<Descriptor> References => Blobs.Count > 0 ? Blobs : Manifests;

    /// <summary>The manifest that this one is attached to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>How an index of referrers lists it. distribution-spec 1.1 "Listing Referrers".</summary>
    public required Descriptor Descriptor { get; init; }

    /// <summary>Reads a document.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="content">The document.</param>
    /// <param name="declaredType">The media type that it came with; <see langword="null"/> for none.</param>
    /// <exception cref="OciFormatException">It is neither manifest nor index, or both.</exception>
    /// <exception cref="KeelsonException">Unsupported: it is a docker manifest of schema 1, or an artifact manifest.</exception>
    public static StoredManifest Parse(Digest digest, ReadOnlyMemory<byte> content, string? declaredType)
    {
        if (ImageDocument.Identify(content.Span, declaredType) == ImageDocumentKind.Index)
        {
            ImageIndex index = ImageIndex.Parse(content.Span, declaredType);
            return new()
            {
                Digest = digest, Content = content, MediaType = index.MediaType!, Manifests = index.Manifests, Subject = index.Subject,
                Descriptor = Describe(digest, content.Length, index.MediaType!, index.ArtifactType, index.Annotations),
            };
        }
        ImageManifest manifest = ImageManifest.Parse(content.Span, declaredType);
        return new()
        {
            Digest = digest, Content = content, MediaType = manifest.MediaType!, Blobs = [manifest.Config, .. manifest.Layers], Subject = manifest.Subject,
            Descriptor = Describe(digest, content.Length, manifest.MediaType!, manifest.ArtifactType is { Length: > 0 } type ? type : manifest.Config.MediaType, manifest.Annotations),
        };
    }

    /// <summary>Reads a document that the store has. What no one may push any more, manifests of schema 1 in a store that was adopted, is still served.</summary>
    public static StoredManifest Read(Digest digest, ReadOnlyMemory<byte> content)
    {
        try
        {
            return Parse(digest, content, declaredType: null);
        }
        catch (KeelsonException)
        {
            return new() { Digest = digest, Content = content, MediaType = SignedSchema1, Descriptor = Describe(digest, content.Length, SignedSchema1, null, null) };
        }
    }

    /// <summary>Whether it is the manifest of an image that runs somewhere: an image's configuration, and layers of files or none at all. Signatures and the like are none, even where they borrow the type of the configuration.</summary>
    public bool IsImage => Blobs.Count > 0 && MediaTypes.IsConfig(Blobs[0].MediaType) && (Blobs.Count == 1 || Blobs.Skip(1).Any(layer => MediaTypes.IsLayer(layer.MediaType)));

    /// <summary>Memory that it takes, roughly.</summary>
    public long Cost => Content.Length * 2 + 1024;

    private static Descriptor Describe(Digest digest, long size, string mediaType, string? artifactType, IReadOnlyDictionary<string, string>? annotations) =>
        new() { MediaType = mediaType, Digest = digest, Size = size, ArtifactType = artifactType, Annotations = annotations };
}
