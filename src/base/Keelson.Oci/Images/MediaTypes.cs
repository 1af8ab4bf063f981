namespace Keelson.Oci;

/// <summary>The media types of images: those of the OCI and the docker ones that mean the same.</summary>
/// <remarks>image-spec 1.1 media-types; docker image manifest version 2, schema 2.</remarks>
public static class MediaTypes
{
    /// <summary>An OCI index: one manifest a platform.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    /// <summary>An OCI manifest: a configuration and layers.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    /// <summary>An OCI image configuration.</summary>
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    /// <summary>The two bytes <c>{}</c>, where a manifest needs a descriptor and has nothing to say.</summary>
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";
    /// <summary>A layer as plain tar.</summary>
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    /// <summary>A layer as tar and gzip.</summary>
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// <summary>A layer as tar and zstd.</summary>
    public const string OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// <summary>A layer that must not be pushed to other registries, as plain tar. Deprecated by the specification.</summary>
    public const string OciForeignLayer = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    /// <summary>Docker's index.</summary>
    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// <summary>Docker's manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    /// <summary>Docker's image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    /// <summary>Docker's layer as plain tar.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
    /// <summary>Docker's layer as tar and gzip.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// <summary>Docker's layer that is fetched from the URLs of its descriptor.</summary>
    public const string DockerForeignLayerGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

    /// <summary>What a client that takes any image sends in <c>Accept</c>.</summary>
    public static IReadOnlyList<string> Manifests { get; } = [OciIndex, OciManifest, DockerIndex, DockerManifest];

    /// <summary>Whether it names a list of manifests.</summary>
    public static bool IsIndex(string? type) => type is OciIndex or DockerIndex;

    /// <summary>Whether it names the manifest of one image.</summary>
    public static bool IsManifest(string? type) => type is OciManifest or DockerManifest;

    /// <summary>Whether it names an image configuration.</summary>
    public static bool IsConfig(string? type) => type is OciConfig or DockerConfig;

    /// <summary>Whether it names a layer of files.</summary>
    public static bool IsLayer(string? type) => type is not null
        && (type.StartsWith("application/vnd.oci.image.layer.", StringComparison.Ordinal) || type.StartsWith("application/vnd.docker.image.rootfs.", StringComparison.Ordinal));

    /// <summary>Whether it names a layer that only its own URLs may serve and that is not pushed.</summary>
    public static bool IsForeignLayer(string? type) => IsLayer(type)
        && (type!.StartsWith(OciForeignLayer, StringComparison.Ordinal) || type.StartsWith("application/vnd.docker.image.rootfs.foreign.", StringComparison.Ordinal));

    /// <summary>The type without parameters, as it stands before the semicolon of a <c>Content-Type</c>.</summary>
    public static string WithoutParameters(string type)
    {
        int semicolon = type.IndexOf(';', StringComparison.Ordinal);
        return (semicolon < 0 ? type : type[..semicolon]).Trim();
    }
}
