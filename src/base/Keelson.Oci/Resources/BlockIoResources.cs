namespace Keelson.Oci;

/// <summary>Weights and limits of block devices.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Block IO".</remarks>
public sealed class BlockIoResources
{
    /// <summary>Weight among siblings, 10 to 1000.</summary>
    public ushort? Weight { get; set; }

    /// <summary>Weight of the group's own tasks against its child groups, 10 to 1000; cgroup v1.</summary>
    public ushort? LeafWeight { get; set; }

    /// <summary>Weights for single devices.</summary>
    public WeightDevice[] WeightDevice { get; set; } = [];

    /// <summary>Bytes read per second.</summary>
    public ThrottleDevice[] ThrottleReadBpsDevice { get; set; } = [];

    /// <summary>Bytes written per second.</summary>
    public ThrottleDevice[] ThrottleWriteBpsDevice { get; set; } = [];

    /// <summary>Reads per second.</summary>
    public ThrottleDevice[] ThrottleReadIopsDevice { get; set; } = [];

    /// <summary>Writes per second.</summary>
    public ThrottleDevice[] ThrottleWriteIopsDevice { get; set; } = [];
}
