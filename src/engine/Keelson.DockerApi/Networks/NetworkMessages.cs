using System.Security.Cryptography;
using System.Text;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Keelson.Engine.Networks;
using Keelson.Network.Ipam;
using Keelson.Network.Records;

namespace Keelson.DockerApi.Networks;

/// <summary>Networks, and containers' parts in them, as messages of the API.</summary>
internal sealed class NetworkMessages(DockerApiServices services)
{
    private const string LocalScope = "local";

    private readonly INetworkService networks = services.Containers.Networks;

    /// <summary>A network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="withContainers">Whether the containers that are in it now are told.</param>
    public Docker.NetworkResource Resource(NetworkRecord network, bool withContainers) => new()
    {
        Name = network.Name,
        Id = network.Id,
        Created = GoTime.Text(network.Created),
        Scope = LocalScope,
        Driver = network.Driver,
        EnableIPv6 = network.HasIpv6,
        IPAM = new() { Driver = network.IpamDriver, Options = network.IpamOptions.Count > 0 ? network.IpamOptions.ToDictionary() : null, Config = [.. network.Ipam.Select(Addresses)] },
        Internal = network.IsInternal,
        Attachable = network.IsAttachable,
        ConfigOnly = network.IsConfiguration,
        ConfigFrom = new() { Network = network.ConfigurationFrom ?? "" },
        Containers = withContainers ? Containers(network) : [],
        Options = network.Options.ToDictionary(),
        Labels = network.Labels.ToDictionary(),
    };

    /// <summary>A container's part in its networks, by their names.</summary>
    public Dictionary<string, Docker.EndpointSettings> Endpoints(ContainerInfo container)
    {
        Dictionary<string, Docker.EndpointSettings> parts = [];
        SandboxRecord? sandbox = networks.SandboxOf(container.Id);
        foreach ((string name, EndpointSettings wish) in container.Networks)
            if (FindOrNull(name) is { } network) parts[name] = Endpoint(network, wish, container, sandbox?.Endpoints.FirstOrDefault(end => end.NetworkId == network.Id));
        if (SharedName(container) is { } shared && FindOrNull(shared) is { } bare) parts[shared] = new() { NetworkID = bare.Id, EndpointID = container.State.IsRunning ? EndpointId(container) : "" };
        return parts;
    }

    /// <summary>What a container's inspection says of its networks.</summary>
    public Docker.NetworkSettings Settings(ContainerInfo container)
    {
        SandboxRecord? sandbox = networks.SandboxOf(container.Id);
        bool isRunning = container.State.IsRunning;
        Docker.NetworkSettings settings = new()
        {
            Ports = isRunning ? Ports(container, sandbox) : [],
            SandboxID = isRunning && (sandbox is not null || SharedName(container) is not null) ? Hash($"sandbox {container.Id}") : "",
            SandboxKey = sandbox?.Path ?? (isRunning && container.State.Pid > 0 ? $"/proc/{container.State.Pid}/ns/net" : ""),
            Networks = Endpoints(container),
        };
        // What the network of who names none has stands a second time where it stood before there were others.
        if (settings.Networks.FirstOrDefault(pair => FindOrNull(pair.Key) is { HasNames: false }).Value is not { } first || sandbox is null) return settings;
        return settings with
        {
            EndpointID = first.EndpointID,
            Gateway = first.Gateway,
            IPAddress = first.IPAddress,
            IPPrefixLen = first.IPPrefixLen,
            MacAddress = first.MacAddress,
            IPv6Gateway = first.IPv6Gateway,
            GlobalIPv6Address = first.GlobalIPv6Address,
            GlobalIPv6PrefixLen = first.GlobalIPv6PrefixLen,
        };
    }

    /// <summary>Whether a container is in a network, by its name or identity.</summary>
    public bool IsIn(ContainerInfo container, string reference) => Endpoints(container).Any(pair => pair.Key == reference || pair.Value.NetworkID == reference);

    /// <summary>The name of a network that has no ends of containers: <c>none</c> or <c>host</c>; <see langword="null"/>: the container has networks of its own, or another container's.</summary>
    public static string? SharedName(ContainerInfo container) => container.Host.NetworkMode switch
    {
        "host" => "host",
        "none" => "none",
        _ => null,
    };

    /// <summary>The identity of a place in a network that has no ends.</summary>
    public string EndpointId(ContainerInfo container) => Hash($"endpoint {container.Id}");

    /// <summary>The ports of a container that runs: those that are published with where, the others that are exposed with nothing.</summary>
    private static Dictionary<string, Docker.PortBinding[]?> Ports(ContainerInfo container, SandboxRecord? sandbox)
    {
        Dictionary<string, Docker.PortBinding[]?> ports = [];
        foreach (string exposed in container.Settings.ExposedPorts?.Keys ?? []) ports[exposed.Contains('/', StringComparison.Ordinal) ? exposed : exposed + "/tcp"] = null;
        foreach (IGrouping<string, PortRecord> group in (sandbox?.Ports ?? []).GroupBy(PortText.Of))
            ports[group.Key] = [.. group.Select(port => new Docker.PortBinding { HostIp = port.HostAddress, HostPort = port.HostPort.ToString(System.Globalization.CultureInfo.InvariantCulture) })];
        return ports;
    }

    private static Docker.EndpointSettings Endpoint(NetworkRecord network, EndpointSettings wish, ContainerInfo container, EndpointRecord? end)
    {
        Docker.EndpointSettings settings = new()
        {
            IPAMConfig = wish.Addresses is null ? null : new() { IPv4Address = wish.Addresses.Ipv4, IPv6Address = wish.Addresses.Ipv6 },
            Links = wish.Links is { Count: > 0 } ? [.. wish.Links] : null,
            Aliases = network.HasNames ? [.. wish.Aliases ?? [], container.ShortId] : null,
            DriverOpts = wish.DriverOpts?.ToDictionary(),
            GwPriority = wish.GatewayPriority,
            NetworkID = network.Id,
            MacAddress = wish.MacAddress,
        };
        if (end is null) return settings;
        (IpamConfig? ipv4, IpamConfig? ipv6) = (network.Addresses(isIpv6: false), network.Addresses(isIpv6: true));
        return settings with
        {
            EndpointID = end.Id,
            Gateway = network.IsInternal || end.Ipv4 is null ? "" : (end.Gateway4 ?? ipv4?.Gateway)?.ToString() ?? "",
            IPAddress = end.Ipv4?.ToString() ?? "",
            IPPrefixLen = PrefixLength(network, end, isIpv6: false),
            IPv6Gateway = network.IsInternal || end.Ipv6 is null ? "" : (end.Gateway6 ?? ipv6?.Gateway)?.ToString() ?? "",
            GlobalIPv6Address = end.Ipv6?.ToString() ?? "",
            GlobalIPv6PrefixLen = PrefixLength(network, end, isIpv6: true),
            MacAddress = Hardware(end),
        };
    }

    private Dictionary<string, Docker.EndpointResource> Containers(NetworkRecord network)
    {
        Dictionary<string, Docker.EndpointResource> found = [];
        foreach (ContainerInfo container in services.Containers.List())
            if (container.State.IsRunning && SharedName(container) == network.Name) found[container.Id] = new() { Name = container.Name, EndpointID = EndpointId(container) };
        foreach ((string id, EndpointRecord end) in networks.Endpoints(network.Id))
            found[id] = new()
            {
                Name = NameOf(id),
                EndpointID = end.Id,
                MacAddress = Hardware(end),
                IPv4Address = end.Ipv4 is null ? "" : $"{end.Ipv4}/{PrefixLength(network, end, isIpv6: false)}",
                IPv6Address = end.Ipv6 is null ? "" : $"{end.Ipv6}/{PrefixLength(network, end, isIpv6: true)}",
            };
        return found;
    }

    /// <summary>How many bits of an end's address are the network's: its driver may have said so.</summary>
    private static int PrefixLength(NetworkRecord network, EndpointRecord end, bool isIpv6)
    {
        if (end.Address(isIpv6) is null) return 0;
        int said = isIpv6 ? end.PrefixLength6 : end.PrefixLength4;
        return said > 0 ? said : network.Addresses(isIpv6)?.Subnet?.PrefixLength ?? 0;
    }

    private static Docker.NetworkIpamConfig Addresses(IpamConfig config) => new()
    {
        Subnet = config.Subnet?.ToString(),
        IPRange = config.Range?.ToString(),
        Gateway = config.Gateway?.ToString(),
        AuxiliaryAddresses = config.Auxiliary.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()),
    };

    private static string Hardware(EndpointRecord end) => string.Join(':', end.HardwareAddress.Chunk(2).Select(digits => new string(digits).ToLowerInvariant()));

    private string NameOf(string id)
    {
        try
        {
            return services.Containers.Get(id).Name;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It has just been removed.
            return "";
        }
    }

    private NetworkRecord? FindOrNull(string name)
    {
        try
        {
            return networks.Find(name);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It was removed while the container did not run.
            return null;
        }
    }

    private string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{services.Info.Uuid} {text}")));
}
