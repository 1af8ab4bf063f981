namespace Keelson.Oci;

/// <summary>What a runtime implements, whatever the machine offers.</summary>
/// <remarks>runtime-spec 1.3 features. Here <see langword="null"/> means not known, which is not the same as empty.</remarks>
public sealed class FeaturesDocument
{
    /// <summary>Oldest version of the specification that is accepted.</summary>
    public string OciVersionMin { get; set; } = "";

    /// <summary>Newest version of the specification that is accepted.</summary>
    public string OciVersionMax { get; set; } = "";

    /// <summary>Names of the hooks.</summary>
    public string[]? Hooks { get; set; }

    /// <summary>Generic mount options.</summary>
    public string[]? MountOptions { get; set; }

    /// <summary>What only Linux has.</summary>
    public LinuxFeatures? Linux { get; set; }

    /// <summary>Arbitrary metadata of the runtime.</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>Annotations of <c>config.json</c> that change how the runtime behaves; one that ends with a dot is a prefix.</summary>
    public string[]? PotentiallyUnsafeConfigAnnotations { get; set; }
}
