namespace Keelson.Oci;

/// <summary>What becomes of a network device that is moved into the container.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Network Devices".</remarks>
public sealed class NetDeviceSpec
{
    /// <summary>Name inside, <c>%d</c> for the next free number. Absent keeps the name of the host.</summary>
    public string? Name { get; set; }
}
