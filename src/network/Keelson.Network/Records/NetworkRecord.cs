using Keelson.Network.Ipam;

namespace Keelson.Network.Records;

/// <summary>A network, as it was asked for and as it was made. It is written down before anything of it is made, and is there until all of it is gone.</summary>
public sealed record NetworkRecord
{
    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its name; no two have the same.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Who lays it: <c>bridge</c>, <c>macvlan</c>, a plug-in.</summary>
    public string Driver { get; init; } = "bridge";

    /// <summary>How far it reaches; there are networks of one host alone, <c>local</c>.</summary>
    public string Scope { get; init; } = LocalScope;

    /// <summary>One host.</summary>
    public const string LocalScope = "local";

    /// <summary>Whether nothing goes from it or into it.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Whether containers of their own may join a network of a swarm.</summary>
    public bool IsAttachable { get; init; }

    /// <summary>Whether it has addresses of IPv4.</summary>
    public bool HasIpv4 { get; init; } = true;

    /// <summary>Whether it has addresses of IPv6.</summary>
    public bool HasIpv6 { get; init; }

    /// <summary>Whether it is never laid, and others take their configuration from it.</summary>
    public bool IsConfiguration { get; init; }

    /// <summary>The network that its configuration is from; <see langword="null"/>: it has its own.</summary>
    public string? ConfigurationFrom { get; init; }

    /// <summary>Whether its containers know each other by name; not in the network that everybody is in who names none.</summary>
    public bool HasNames { get; init; } = true;

    /// <summary>Who chooses addresses: <c>default</c>, <c>null</c>, a plug-in.</summary>
    public string IpamDriver { get; init; } = "default";

    /// <summary>What that one is told.</summary>
    public IReadOnlyDictionary<string, string> IpamOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Its addresses: what was asked for, and with networks and gateways chosen once it is made.</summary>
    public IReadOnlyList<IpamConfig> Ipam { get; init; } = [];

    /// <summary>What its driver is told.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>What people have written on it.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its first addresses of a family; <see langword="null"/>: it has none.</summary>
    public IpamConfig? Addresses(bool isIpv6) => Ipam.FirstOrDefault(config => config.Subnet is { } subnet && subnet.IsIpv6 == isIpv6);
}
