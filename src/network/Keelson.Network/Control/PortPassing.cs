namespace Keelson.Network.Control;

/// <summary>How what comes to a published port gets to the container.</summary>
public enum PortPassing
{
    /// <summary>Rules of the kernel lead it there; where they cannot (from IPv6 to a container that has IPv4 alone), this process passes it on.</summary>
    ByRules,

    /// <summary>This process passes it on, from the host, whose own filters so see who asks.</summary>
    FromHost,

    /// <summary>This process passes it on from within the container's namespace, as the host has no way there.</summary>
    FromContainer,
}
