namespace Keelson.Oci;

/// <summary>One mount on top of the root.</summary>
/// <remarks>runtime-spec 1.3 config "Mounts".</remarks>
public sealed class MountSpec
{
    /// <summary>Where, inside the container. A relative path is taken from <c>/</c>.</summary>
    public string Destination { get; set; } = "";

    /// <summary>File system type; absent or <c>bind</c> or <c>none</c> for a bind mount.</summary>
    public string? Type { get; set; }

    /// <summary>Device or source directory; for a bind mount absolute, or relative to the bundle.</summary>
    public string? Source { get; set; }

    /// <summary>fstab style options; one that is no generic option is passed to the file system.</summary>
    public string[] Options { get; set; } = [];

    /// <summary>User ids of an idmapped mount.</summary>
    public IdMapping[] UidMappings { get; set; } = [];

    /// <summary>Group ids of an idmapped mount.</summary>
    public IdMapping[] GidMappings { get; set; } = [];
}
