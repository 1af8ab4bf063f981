using System.Net;

namespace Keelson.Network.Records;

/// <summary>A container's end in a network.</summary>
public sealed record EndpointRecord
{
    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The network.</summary>
    public required string NetworkId { get; init; }

    /// <summary>What its device is called in the container; empty where there is none.</summary>
    public string Device { get; init; } = "";

    /// <summary>Its address of IPv4; <see langword="null"/>: it has none.</summary>
    public IPAddress? Ipv4 { get; init; }

    /// <summary>Its address of IPv6; <see langword="null"/>: it has none.</summary>
    public IPAddress? Ipv6 { get; init; }

    /// <summary>How many bits of its address of IPv4 are the network's, where the driver has said so; 0: as many as the network says.</summary>
    public int PrefixLength4 { get; init; }

    /// <inheritdoc cref="PrefixLength4"/>
    public int PrefixLength6 { get; init; }

    /// <summary>Who is asked for names that nobody knows here, where the driver has said so.</summary>
    public IReadOnlyList<IPAddress> NameServers { get; init; } = [];

    /// <summary>What is put behind names that are not whole, where the driver has said so.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>Its address of the link layer, 6 bytes in hexadecimal digits; empty where it has none.</summary>
    public string HardwareAddress { get; init; } = "";

    /// <summary>What it is called in this network besides the container's own names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Names that this container alone uses in this network, and what they stand for.</summary>
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>();

    /// <summary>The one with the highest number leads elsewhere; of equals the one whose network's name comes first.</summary>
    public int GatewayPriority { get; init; }

    /// <summary>What is set below <c>/proc/sys/net</c> for its device.</summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it is being made or taken away: a process that finds it so was preceded by one that was killed, and takes it away.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>What the driver was told of this end.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Who takes on what the container sends elsewhere, where the driver has said so.</summary>
    public IPAddress? Gateway4 { get; init; }

    /// <inheritdoc cref="Gateway4"/>
    public IPAddress? Gateway6 { get; init; }

    /// <summary>Its address of a family.</summary>
    public IPAddress? Address(bool isIpv6) => isIpv6 ? Ipv6 : Ipv4;
}
