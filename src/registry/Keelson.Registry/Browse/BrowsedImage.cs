namespace Keelson.Registry.Browse;

/// <summary>A manifest or index with all that is known of it.</summary>
internal sealed record BrowsedImage
{
    public required string Repository { get; init; }
    public required string Digest { get; init; }
    public required string MediaType { get; init; }
    /// <summary>What it is where it is no image.</summary>
    public string? ArtifactType { get; init; }
    /// <summary>The manifest alone.</summary>
    public required long ManifestBytes { get; init; }
    /// <summary>With all its parts, what they share once.</summary>
    public required long Bytes { get; init; }
    public required DateTimeOffset? Pushed { get; init; }
    public DateTimeOffset? Pulled { get; init; }
    public required long Pulls { get; init; }
    /// <summary>The tags that stand at it.</summary>
    public required IReadOnlyList<string> Tags { get; init; }
    public required IReadOnlyList<string> Platforms { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    /// <summary>The digest of what it is attached to.</summary>
    public string? Subject { get; init; }
    /// <summary>Of an image.</summary>
    public BrowsedConfig? Config { get; init; }
    /// <summary>Of a manifest, the lowest first.</summary>
    public required IReadOnlyList<BrowsedPart> Layers { get; init; }
    /// <summary>Of an index.</summary>
    public required IReadOnlyList<BrowsedPart> Manifests { get; init; }
    /// <summary>What is attached to it: signatures, SBOMs.</summary>
    public required IReadOnlyList<BrowsedReferrer> Referrers { get; init; }
}

/// <summary>A layer, or a manifest of an index.</summary>
internal sealed record BrowsedPart(string Digest, string MediaType, long Bytes, string? Platform, string? ArtifactType, IReadOnlyDictionary<string, string>? Annotations);

/// <summary>How an image is made and starts.</summary>
internal sealed record BrowsedConfig
{
    public required string Digest { get; init; }
    public required string MediaType { get; init; }
    public required long Bytes { get; init; }
    /// <summary>Why the rest is missing: it cannot be read.</summary>
    public string? Problem { get; init; }
    public DateTimeOffset? Created { get; init; }
    public string? Author { get; init; }
    public string? Platform { get; init; }
    public string? User { get; init; }
    public string? WorkingDirectory { get; init; }
    public string? StopSignal { get; init; }
    public IReadOnlyList<string>? Env { get; init; }
    public IReadOnlyList<string>? Entrypoint { get; init; }
    public IReadOnlyList<string>? Command { get; init; }
    public IReadOnlyList<string>? Ports { get; init; }
    public IReadOnlyList<string>? Volumes { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyList<BrowsedStep>? History { get; init; }
}

/// <summary>A step of an image's making; one that made no layer has none of <see cref="BrowsedImage.Layers"/>.</summary>
internal sealed record BrowsedStep(DateTimeOffset? Created, string? Command, string? Comment, bool MadeNoLayer);

/// <summary>Something that is attached to an image.</summary>
/// <param name="Digest">Its manifest.</param>
/// <param name="MediaType">The manifest's type.</param>
/// <param name="ArtifactType">What it is.</param>
/// <param name="Kind"><c>signature</c>, <c>sbom</c>, <c>attestation</c> or <c>other</c>.</param>
/// <param name="Bytes">Its manifest.</param>
/// <param name="Tag">The tag that it is found by, where it is no referrer of the specification: cosign's <c>sha256-….sig</c>.</param>
/// <param name="Annotations">Its annotations.</param>
/// <param name="Signers">Who signs.</param>
internal sealed record BrowsedReferrer(string Digest, string MediaType, string? ArtifactType, string Kind, long Bytes, string? Tag, IReadOnlyDictionary<string, string>? Annotations,
    IReadOnlyList<BrowsedSigner> Signers);

/// <summary>Who signs.</summary>
/// <param name="Name">Name of the key, or the subject of the certificate that the signature shows; <see langword="null"/>: it shows nothing.</param>
/// <param name="IsVerified">Whether the registry has the key and the signature is right. A name that is not verified is what the signature says of itself.</param>
internal sealed record BrowsedSigner(string? Name, bool IsVerified);
