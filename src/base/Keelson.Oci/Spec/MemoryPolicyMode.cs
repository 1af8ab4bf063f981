namespace Keelson.Oci;

/// <summary>Memory policies, with the kernel's names and values. set_mempolicy(2).</summary>
public enum MemoryPolicyMode
{
    /// <summary>The node of the CPU; takes no nodes.</summary>
    MPOL_DEFAULT = 0,
    /// <summary>One node first.</summary>
    MPOL_PREFERRED = 1,
    /// <summary>These nodes only.</summary>
    MPOL_BIND = 2,
    /// <summary>Pages in turn from these nodes.</summary>
    MPOL_INTERLEAVE = 3,
    /// <summary>The node of the CPU; takes no nodes.</summary>
    MPOL_LOCAL = 4,
    /// <summary>These nodes first.</summary>
    MPOL_PREFERRED_MANY = 5,
    /// <summary>Pages from these nodes by the weights of the system.</summary>
    MPOL_WEIGHTED_INTERLEAVE = 6,
}
