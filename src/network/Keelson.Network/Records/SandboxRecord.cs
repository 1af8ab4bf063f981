namespace Keelson.Network.Records;

/// <summary>The networks of a container that runs. It is written down before anything is made, and is there until all of it is gone; a machine that starts anew has none.</summary>
public sealed record SandboxRecord
{
    /// <summary>The container.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The file of its network namespace.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the namespace is looked after by somebody else.</summary>
    public bool IsBorrowed { get; init; }

    /// <summary>What the container is called.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Who is asked for names that are not known here.</summary>
    public IReadOnlyList<System.Net.IPAddress> Upstreams { get; init; } = [];

    /// <summary>Names are served also while it is in no network that has some.</summary>
    public bool IsServed { get; init; }

    /// <summary>Its ends, in the order in which it joined.</summary>
    public IReadOnlyList<EndpointRecord> Endpoints { get; init; } = [];

    /// <summary>Its published ports, with the ports of the host chosen.</summary>
    public IReadOnlyList<PortRecord> Ports { get; init; } = [];
}

/// <summary>A published port, as it was chosen.</summary>
/// <param name="Protocol">6 TCP, 17 UDP, 132 SCTP.</param>
/// <param name="HostAddress">At which address of the host.</param>
/// <param name="HostPort">At which port of the host.</param>
/// <param name="ContainerPort">Which port of the container.</param>
public sealed record PortRecord(byte Protocol, string HostAddress, int HostPort, int ContainerPort);
