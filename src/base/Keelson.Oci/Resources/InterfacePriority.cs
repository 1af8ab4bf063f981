namespace Keelson.Oci;

/// <summary>Priority of packets that leave through one interface.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Network", <c>priorities</c>.</remarks>
public sealed class InterfacePriority
{
    /// <summary>Interface in the runtime's network namespace.</summary>
    public string Name { get; set; } = "";

    /// <summary>Priority.</summary>
    public uint Priority { get; set; }
}
