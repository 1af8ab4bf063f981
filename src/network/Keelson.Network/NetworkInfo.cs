using System.Net;

namespace Keelson.Network;

/// <summary>A network of containers, as it is laid on a host.</summary>
public sealed record NetworkInfo
{
    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The device that it is on: a bridge.</summary>
    public required string Device { get; init; }

    /// <summary>Its addresses of IPv4; <see langword="null"/>: it has none.</summary>
    public IPNetwork? Ipv4 { get; init; }

    /// <summary>Its addresses of IPv6; <see langword="null"/>: it has none.</summary>
    public IPNetwork? Ipv6 { get; init; }

    /// <summary>The host's own address in it, of IPv4.</summary>
    public IPAddress? Gateway4 { get; init; }

    /// <summary>The host's own address in it, of IPv6.</summary>
    public IPAddress? Gateway6 { get; init; }

    /// <summary>Whether nothing goes from it or into it.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Whether its containers may speak to each other.</summary>
    public bool AllowsNeighbours { get; init; } = true;

    /// <summary>What containers look like from outside, and who reaches them, for IPv4.</summary>
    public GatewayMode Mode4 { get; init; }

    /// <summary>The same for IPv6.</summary>
    public GatewayMode Mode6 { get; init; }

    /// <summary>Whether connections that leave it get an address of the host.</summary>
    public bool Masquerades { get; init; } = true;

    /// <summary>The address that these get; <see langword="null"/>: that of the device that they leave by.</summary>
    public IPAddress? HostAddress4 { get; init; }

    /// <summary>Whether published ports are served by processes of the host, so that its own filters of what comes to it see who asks (the hook "input").</summary>
    public bool ObeysHostFirewall { get; init; }

    /// <summary>Longest packet in bytes.</summary>
    public uint Mtu { get; init; } = 1500;

    /// <summary>Whether it has addresses of a family.</summary>
    public bool Has(bool isIpv6) => isIpv6 ? Ipv6 is not null : Ipv4 is not null;

    /// <summary>How it meets the outside for a family.</summary>
    public GatewayMode Mode(bool isIpv6) => isIpv6 ? Mode6 : Mode4;
}

/// <summary>How a network of containers meets the outside.</summary>
public enum GatewayMode
{
    /// <summary>By addresses of the host; published ports alone are reached, and only at these.</summary>
    Nat,
    /// <summary>The same, and who has a route reaches every port of a container.</summary>
    NatUnprotected,
    /// <summary>By the containers' own addresses, and published ports alone are reached at these.</summary>
    Routed,
    /// <summary>Not at all: the host itself has no address in it.</summary>
    Isolated,
}
