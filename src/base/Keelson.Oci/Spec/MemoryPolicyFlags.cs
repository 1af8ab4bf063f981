namespace Keelson.Oci;

/// <summary>Flags of memory policies, with the kernel's names and values. set_mempolicy(2).</summary>
[Flags]
public enum MemoryPolicyFlags
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Pages may move to the node that uses them; with BIND and PREFERRED_MANY.</summary>
    MPOL_F_NUMA_BALANCING = 1 << 13,
    /// <summary>Nodes count within those that the process may use.</summary>
    MPOL_F_RELATIVE_NODES = 1 << 14,
    /// <summary>Nodes stay as given when those that the process may use change.</summary>
    MPOL_F_STATIC_NODES = 1 << 15,
}
