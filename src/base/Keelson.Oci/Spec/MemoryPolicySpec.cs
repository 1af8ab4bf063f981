namespace Keelson.Oci;

/// <summary>NUMA memory policy of the container's processes.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Memory policy"; set_mempolicy(2).</remarks>
public sealed class MemoryPolicySpec
{
    /// <summary>The mode.</summary>
    public MemoryPolicyMode Mode { get; set; }

    /// <summary>Memory nodes, as <c>0-3,7</c>.</summary>
    public string? Nodes { get; set; }

    /// <summary>Flags.</summary>
    public MemoryPolicyFlags Flags { get; set; }
}
