namespace Keelson.Oci;

/// <summary>Weight of a group for one block device. At least one of the weights is given.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Block IO", <c>weightDevice</c>.</remarks>
public sealed class WeightDevice
{
    /// <summary>Major number.</summary>
    public long Major { get; set; }

    /// <summary>Minor number.</summary>
    public long Minor { get; set; }

    /// <summary>Weight among siblings, 10 to 1000.</summary>
    public ushort? Weight { get; set; }

    /// <summary>Weight of the group's own tasks against its child groups, 10 to 1000; cgroup v1.</summary>
    public ushort? LeafWeight { get; set; }
}
