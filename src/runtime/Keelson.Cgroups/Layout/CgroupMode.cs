namespace Keelson.Cgroups;

/// <summary>How control groups are mounted on a machine. cgroups(7).</summary>
public enum CgroupMode
{
    /// <summary>No cgroup file system is mounted.</summary>
    None,
    /// <summary>cgroup v1 hierarchies alone, each with its own controllers.</summary>
    V1,
    /// <summary>One cgroup v2 tree with all controllers.</summary>
    V2,
    /// <summary>cgroup v1 hierarchies, and a cgroup v2 tree with the controllers that no v1 hierarchy has; often none.</summary>
    Hybrid,
}
