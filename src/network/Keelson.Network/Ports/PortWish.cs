using System.Net;

namespace Keelson.Network.Ports;

/// <summary>A port of a container that somebody wants published.</summary>
/// <param name="Protocol">6 TCP, 17 UDP, 132 SCTP.</param>
/// <param name="ContainerPort">Which port of the container.</param>
public sealed record PortWish(byte Protocol, int ContainerPort)
{
    /// <summary>At which address of the host; <see langword="null"/>: at all of both families.</summary>
    public IPAddress? HostAddress { get; init; }

    /// <summary>At which port of the host; 0: one is chosen.</summary>
    public int FirstPort { get; init; }

    /// <summary>The last one of a range from which one is chosen; <see cref="FirstPort"/> without a range.</summary>
    public int LastPort { get; init; }
}
