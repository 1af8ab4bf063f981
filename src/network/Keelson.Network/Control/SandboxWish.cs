using System.Net;
using Keelson.Network.Dns;
using Keelson.Network.Ports;

namespace Keelson.Network.Control;

/// <summary>The networks that a container is to have.</summary>
public sealed record SandboxWish
{
    /// <summary>The container.</summary>
    public required string ContainerId { get; init; }

    /// <summary>What it is called in each of its networks, its own name first.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>A network namespace that is there and becomes its; <see langword="null"/>: one is made. One in a user namespace is made by whoever is there.</summary>
    public string? Namespace { get; init; }

    /// <summary>Whether <see cref="Namespace"/> is looked after by somebody else: it is used where it is, and stays when the container's networks go.</summary>
    public bool IsBorrowed { get; init; }

    /// <summary>Whether one of its networks leads elsewhere; otherwise routes are the caller's to make.</summary>
    public bool HasWayOut { get; init; } = true;

    /// <summary>Its ends; none: it has the loopback device alone.</summary>
    public IReadOnlyList<EndpointWish> Endpoints { get; init; } = [];

    /// <summary>Its published ports.</summary>
    public IReadOnlyList<PortWish> Ports { get; init; } = [];

    /// <summary>Who is asked for names that are not known here.</summary>
    public IReadOnlyList<DnsUpstream> Upstreams { get; init; } = [];

    /// <summary>Names are served also while it is in no network that has some.</summary>
    public bool IsServed { get; init; }

    /// <summary>Told the file of the namespace as soon as that is there, while the ends are still to be made.</summary>
    public Action<string>? NamespaceMade { get; init; }
}

/// <summary>A network that a container is to join.</summary>
/// <param name="Network">Its identity or name.</param>
public sealed record EndpointWish(string Network)
{
    /// <summary>The address that it is to have; <see langword="null"/>: the next one.</summary>
    public IPAddress? Ipv4 { get; init; }

    /// <summary>The address that it is to have; <see langword="null"/>: the next one.</summary>
    public IPAddress? Ipv6 { get; init; }

    /// <summary>The address of the link layer, 6 bytes; empty: one that follows from the address.</summary>
    public ReadOnlyMemory<byte> HardwareAddress { get; init; }

    /// <summary>What its device is called; <see langword="null"/>: the next free one.</summary>
    public string? Device { get; init; }

    /// <summary>What it is called there besides the container's own names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Names that this container alone uses there, and what they stand for.</summary>
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>();

    /// <summary>The one with the highest number leads elsewhere.</summary>
    public int GatewayPriority { get; init; }

    /// <summary>What the driver is told of this end: <c>com.docker.network.endpoint.ifname</c> and the like.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>What is set below <c>/proc/sys/net</c> for its device, whose name stands as <c>IFNAME</c>.</summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();
}
