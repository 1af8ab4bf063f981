namespace Keelson.Oci;

/// <summary>What a runtime implements of NUMA memory policies.</summary>
/// <remarks>runtime-spec 1.3 features-linux "MemoryPolicy".</remarks>
public sealed class MemoryPolicyFeatures
{
    /// <summary>Names of modes.</summary>
    public string[]? Modes { get; set; }

    /// <summary>Names of flags.</summary>
    public string[]? Flags { get; set; }
}
