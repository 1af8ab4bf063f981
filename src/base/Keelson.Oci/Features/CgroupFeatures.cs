namespace Keelson.Oci;

/// <summary>What a runtime implements of control groups.</summary>
/// <remarks>runtime-spec 1.3 features-linux "Cgroup".</remarks>
public sealed class CgroupFeatures
{
    /// <summary>cgroup v1.</summary>
    public bool? V1 { get; set; }

    /// <summary>cgroup v2.</summary>
    public bool? V2 { get; set; }

    /// <summary>systemd's manager for the system.</summary>
    public bool? Systemd { get; set; }

    /// <summary>systemd's manager for a user.</summary>
    public bool? SystemdUser { get; set; }

    /// <summary>The rdma controller.</summary>
    public bool? Rdma { get; set; }
}
