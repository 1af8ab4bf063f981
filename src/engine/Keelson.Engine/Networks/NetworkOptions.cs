using System.Net;
using Keelson.Cni.Driver;
using Keelson.Network.Ipam;
using Keelson.Network.Sandboxes;

namespace Keelson.Engine.Networks;

/// <summary>The networks of an engine.</summary>
public sealed record NetworkOptions
{
    /// <summary>Stands for no device in <see cref="Bridge"/>.</summary>
    public const string NoBridge = "none";

    /// <summary>The device of the network <c>bridge</c>, which containers join that name none; <see cref="NoBridge"/> for no such network.</summary>
    public string Bridge { get; init; } = NoBridge;

    /// <summary>Name of the table of packet filters, which is this engine's alone.</summary>
    public string Table { get; init; } = "keelson";

    /// <summary>Addresses of the network <c>bridge</c>; chosen when there are none.</summary>
    public IReadOnlyList<IpamConfig> Addresses { get; init; } = [];

    /// <summary>Whether the network <c>bridge</c> has addresses of IPv6.</summary>
    public bool HasIpv6 { get; init; }

    /// <summary>What the driver of the network <c>bridge</c> is told besides.</summary>
    public IReadOnlyDictionary<string, string> BridgeOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Where networks without addresses of their own get them from.</summary>
    public IReadOnlyList<PoolSource> Pools { get; init; } = PoolDirectory.Standard;

    /// <summary>Name servers of containers that name none; the host's when there are none.</summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

    /// <summary>Search domains of containers that name none; the host's when there are none.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>What <c>host-gateway</c> stands for; the host's address in the network <c>bridge</c> when it is <see langword="null"/>.</summary>
    public IPAddress? HostGateway { get; init; }

    /// <summary>How networks of CNI plug-ins are laid: driver <c>cni</c>.</summary>
    public CniDriverOptions Cni { get; init; } = new();

    /// <summary>Where the networks are: the process's own network namespace, or another one.</summary>
    public NetworkPlace Host { get; init; } = new();
}
