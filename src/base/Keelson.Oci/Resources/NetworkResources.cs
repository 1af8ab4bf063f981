namespace Keelson.Oci;

/// <summary>Class and priorities of network packets; cgroup v1 only.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Network".</remarks>
public sealed class NetworkResources
{
    /// <summary>Class that packets are tagged with (net_cls).</summary>
    public uint? ClassId { get; set; }

    /// <summary>Priorities by interface (net_prio).</summary>
    public InterfacePriority[] Priorities { get; set; } = [];
}
