using Keelson.Content;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>An image of this machine's platform with all that is known of it.</summary>
/// <param name="Id">Its identity: the digest of its configuration, as docker's.</param>
/// <param name="Target">What its names stand for: an index or a manifest.</param>
/// <param name="Manifest">The digest of the manifest for this platform.</param>
/// <param name="Document">That manifest.</param>
/// <param name="Config">Its configuration.</param>
public sealed record EngineImage(Digest Id, ContentDescriptor Target, Digest Manifest, ImageManifest Document, ImageConfig Config)
{
    /// <summary>The configuration as it is stored; the identity is its digest.</summary>
    public ReadOnlyMemory<byte> ConfigBytes { get; init; }

    /// <summary>All its names in the namespace, in full: <c>docker.io/library/busybox:latest</c>; a name by digest has an <c>@</c>.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Bytes of its files when unpacked; 0 when it is not.</summary>
    public long SizeBytes { get; init; }

    /// <summary>When it got its first name here.</summary>
    public DateTimeOffset NamedAt { get; init; }

    /// <summary>The identity of the image that it was made on top of here; empty when it came from elsewhere, or that image is gone.</summary>
    public Digest ParentId { get; init; }

    /// <summary>Whether other images were made on top of it here. One without names is part of them then.</summary>
    public bool HasChildren { get; init; }

    /// <summary>Whether it is a step of a build.</summary>
    public bool IsStep { get; init; }
}
