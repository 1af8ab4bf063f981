namespace Keelson.Oci;

/// <summary>A range of user or group ids and what it is on the host.</summary>
/// <remarks>runtime-spec 1.3 config-linux "User namespace mappings".</remarks>
/// <param name="ContainerId">First id inside.</param>
/// <param name="HostId">First id outside.</param>
/// <param name="Size">How many.</param>
public readonly record struct IdMapping(uint ContainerId, uint HostId, uint Size);
