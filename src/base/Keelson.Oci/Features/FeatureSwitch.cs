namespace Keelson.Oci;

/// <summary>Whether a runtime implements something.</summary>
/// <remarks>runtime-spec 1.3 features-linux.</remarks>
public sealed class FeatureSwitch
{
    /// <summary>Whether it does; absent means not known.</summary>
    public bool? Enabled { get; set; }
}
