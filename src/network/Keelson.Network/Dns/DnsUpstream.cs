using System.Net;

namespace Keelson.Network.Dns;

/// <summary>A server of names that is asked what is not known here.</summary>
/// <param name="Address">Where.</param>
/// <param name="IsOfHost">Whether it is asked from the host and not from the container: a server on the host's own loopback device is another one in the container.</param>
public sealed record DnsUpstream(IPAddress Address, bool IsOfHost)
{
    /// <summary>The port that all of them listen at.</summary>
    public int Port { get; init; } = 53;
}
