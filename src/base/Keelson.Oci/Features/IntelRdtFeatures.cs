namespace Keelson.Oci;

/// <summary>What a runtime implements of resctrl.</summary>
/// <remarks>runtime-spec 1.3 features-linux "Intel RDT".</remarks>
public sealed class IntelRdtFeatures
{
    /// <summary>Whether <c>intelRdt</c> is implemented.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Whether <c>intelRdt.schemata</c> is.</summary>
    public bool? Schemata { get; set; }

    /// <summary>Whether <c>intelRdt.enableMonitoring</c> is.</summary>
    public bool? Monitoring { get; set; }
}
