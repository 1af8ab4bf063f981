namespace Keelson.Oci;

/// <summary>What a runtime implements of special mounts.</summary>
/// <remarks>runtime-spec 1.3 features-linux "MountExtensions".</remarks>
public sealed class MountExtensionFeatures
{
    /// <summary>Mounts with id mappings of their own.</summary>
    public FeatureSwitch? Idmap { get; set; }
}
