using System.Net;

namespace Keelson.Cni;

/// <summary>What a container has got. CNI 1.1 "Success".</summary>
public sealed record CniResult
{
    /// <summary>Devices, in the container and on the host.</summary>
    public IReadOnlyList<CniInterface> Interfaces { get; init; } = [];

    /// <summary>Addresses.</summary>
    public IReadOnlyList<CniAddress> Addresses { get; init; } = [];

    /// <summary>Routes.</summary>
    public IReadOnlyList<CniRoute> Routes { get; init; } = [];

    /// <summary>Who knows names.</summary>
    public CniDns Dns { get; init; } = new();
}

/// <summary>A device.</summary>
/// <param name="Name">What it is called.</param>
public sealed record CniInterface(string Name)
{
    /// <summary>Its address of the link layer, <c>02:42:0a:01:00:02</c>; empty: it has none.</summary>
    public string HardwareAddress { get; init; } = "";

    /// <summary>The file of the namespace that it is in; empty: it is the host's.</summary>
    public string Sandbox { get; init; } = "";

    /// <summary>Longest packet in bytes; 0: that is not said. Since 1.1.</summary>
    public uint Mtu { get; init; }
}

/// <summary>An address of a device.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">How many bits of it are the network's.</param>
public sealed record CniAddress(IPAddress Address, int PrefixLength)
{
    /// <summary>Who takes packets on that are for elsewhere; <see langword="null"/>: nobody.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The device, by its place among <see cref="CniResult.Interfaces"/>; <see langword="null"/>: that is not said.</summary>
    public int? Interface { get; init; }
}

/// <summary>A route.</summary>
/// <param name="Destination">Where it leads.</param>
public sealed record CniRoute(IPNetwork Destination)
{
    /// <summary>Who takes packets on; <see langword="null"/>: the network's gateway.</summary>
    public IPAddress? Gateway { get; init; }
}

/// <summary>Who knows names, and how they are asked for.</summary>
public sealed record CniDns
{
    /// <summary>Addresses of servers.</summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

    /// <summary>The domain that names without a dot are of; empty: none.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Domains that are tried behind a name.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>Options of the resolver.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Whether it says nothing.</summary>
    public bool IsEmpty => NameServers.Count + Search.Count + Options.Count == 0 && Domain.Length == 0;
}
