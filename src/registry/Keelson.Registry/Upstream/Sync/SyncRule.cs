using Keelson.Oci;

namespace Keelson.Registry.Upstream;

/// <summary>What is copied from an upstream again and again, whether clients want it or not.</summary>
public sealed record SyncRule
{
    /// <summary>Name of the upstream.</summary>
    public required string Upstream { get; init; }

    /// <summary>Repositories by their names there. <c>*</c>, <c>?</c> and <c>**</c> are wildcards as in access rules; an upstream has to list its repositories for these.</summary>
    public required IReadOnlyList<string> Repositories { get; init; }

    /// <summary>Tags, with the wildcards <c>*</c> and <c>?</c>; none: all.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Tags that are left out, with the same wildcards.</summary>
    public IReadOnlyList<string> ExcludedTags { get; init; } = [];

    /// <summary>Whether only tags count that are versions: <c>1.2.3</c>, <c>v1.2.3-rc.1</c>. Semantic Versioning 2.0.</summary>
    public bool OnlyVersions { get; init; }

    /// <summary>What the names of the repositories begin with here, before their whole names there; <see langword="null"/>: they are called as they are when clients want them.</summary>
    public string? Prefix { get; init; }

    /// <summary>Platforms whose images of an index are copied; none: all, and what is of no platform.</summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>Whether only images are copied that a signature is attached to. It is not verified.</summary>
    public bool OnlySigned { get; init; }

    /// <summary>Whether what is attached to images is copied with them: signatures, lists of contents.</summary>
    public bool HasReferrers { get; init; } = true;

    /// <summary>How long it is from one round to the next: an hour. Zero: there are none but those that are asked for.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Blobs, and images, that come at the same time: 4.</summary>
    public int Parallelism { get; init; } = 4;
}
