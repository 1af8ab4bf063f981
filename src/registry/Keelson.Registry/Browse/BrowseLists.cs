namespace Keelson.Registry.Browse;

/// <summary>A repository in a list. <c>GET /keelson/v1/repositories/NAME</c> answers with one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tags">How many tags.</param>
/// <param name="Manifests">How many manifests, untagged ones too.</param>
/// <param name="Bytes">Blobs and manifests together, each once. What other repositories have too counts for each.</param>
/// <param name="Pushed">When its newest tag was set; <see langword="null"/>: it has none.</param>
/// <param name="Pulled">When one of its manifests was last pulled; <see langword="null"/>: never.</param>
/// <param name="Pulls">How often the manifests were pulled that tags stand at.</param>
internal sealed record BrowsedRepository(string Name, int Tags, int Manifests, long Bytes, DateTimeOffset? Pushed, DateTimeOffset? Pulled, long Pulls);

/// <summary>A page of repositories.</summary>
/// <param name="Repositories">They, in the order of their names.</param>
/// <param name="Next">The value of <c>last</c> for the next page; <see langword="null"/>: there is none.</param>
internal sealed record BrowsedRepositories(IReadOnlyList<BrowsedRepository> Repositories, string? Next);

/// <summary>A tag in a list.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Digest">Its manifest.</param>
/// <param name="MediaType">The manifest's type; <see langword="null"/>: it cannot be read.</param>
/// <param name="ArtifactType">What it is where it is no image.</param>
/// <param name="Bytes">Manifest, configuration and layers; of an index all its parts, what they share once.</param>
/// <param name="Pushed">When it was set.</param>
/// <param name="Pulled">When its manifest was last pulled; <see langword="null"/>: never.</param>
/// <param name="Pulls">How often, by whatever tag or digest.</param>
/// <param name="Platforms"><c>linux/amd64</c>; none where they are not known.</param>
/// <param name="IsImmutable">Whether it may neither move nor go.</param>
internal sealed record BrowsedTag(string Name, string Digest, string? MediaType, string? ArtifactType, long Bytes, DateTimeOffset Pushed, DateTimeOffset? Pulled, long Pulls,
    IReadOnlyList<string> Platforms, bool IsImmutable);

/// <summary>A page of tags.</summary>
/// <param name="Repository">Whose.</param>
/// <param name="Count">How many there are in all.</param>
/// <param name="Tags">They, in the order of their names.</param>
/// <param name="Next">The value of <c>last</c> for the next page; <see langword="null"/>: there is none.</param>
internal sealed record BrowsedTags(string Repository, int Count, IReadOnlyList<BrowsedTag> Tags, string? Next);

/// <summary>A repository that is gone.</summary>
/// <param name="Repository">Its name.</param>
/// <param name="Tags">How many tags it had.</param>
/// <param name="Manifests">How many manifests.</param>
internal sealed record DeletedRepository(string Repository, int Tags, int Manifests);
