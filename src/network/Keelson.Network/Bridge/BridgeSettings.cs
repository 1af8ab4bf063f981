using System.Globalization;
using System.Net;
using Keelson.Netlink;
using Keelson.Network.Ipam;
using Keelson.Network.Records;

namespace Keelson.Network.Bridge;

/// <summary>What the options of a network on a bridge mean. Their names are dockerd's.</summary>
public static class BridgeSettings
{
    private const string Prefix = "com.docker.network.", HostFirewall = "bridge.host_firewall";

    /// <summary>The device that a network gets which names none: <c>br-</c> and the beginning of its identity.</summary>
    public static string DeviceOf(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Options.GetValueOrDefault(Prefix + "bridge.name") is { Length: > 0 } name ? name : "br-" + network.Id[..12];
    }

    /// <summary>The network as it is laid.</summary>
    /// <param name="network">The network, with its addresses chosen.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an option has a value that it cannot have.</exception>
    public static NetworkInfo Read(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        IpamConfig? ipv4 = network.Addresses(isIpv6: false), ipv6 = network.Addresses(isIpv6: true);
        string device = DeviceOf(network);
        if (System.Text.Encoding.UTF8.GetByteCount(device) > LinkMessage.MaximumNameBytes || device.Contains('/', StringComparison.Ordinal)) throw Wrong("bridge.name", device, "it is no name of a network device");
        NetworkInfo info = new()
        {
            Id = network.Id, Name = network.Name, Device = device, Ipv4 = ipv4?.Subnet, Ipv6 = ipv6?.Subnet, Gateway4 = ipv4?.Gateway, Gateway6 = ipv6?.Gateway, IsInternal = network.IsInternal,
        };
        foreach ((string name, string value) in network.Options)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            info = name[Prefix.Length..] switch
            {
                "bridge.enable_icc" => info with { AllowsNeighbours = Switch(name, value) },
                HostFirewall => info with { ObeysHostFirewall = Switch(name, value) },
                "bridge.enable_ip_masquerade" => info with { Masquerades = Switch(name, value) },
                "bridge.gateway_mode_ipv4" => info with { Mode4 = Mode(name, value) },
                "bridge.gateway_mode_ipv6" => info with { Mode6 = Mode(name, value) },
                "host_ipv4" => info with { HostAddress4 = IPAddress.TryParse(value, out IPAddress? address) && !address.IsIpv6 ? address : throw Wrong(name, value, "it is no address of IPv4") },
                "driver.mtu" => info with { Mtu = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint mtu) && mtu is >= 68 and <= 65_535 ? mtu : throw Wrong(name, value, "68 to 65535 bytes") },
                _ => info,
            };
        }
        foreach ((GatewayMode mode, string family) in ((GatewayMode, string)[])[(info.Mode4, "ipv4"), (info.Mode6, "ipv6")])
            if (mode == GatewayMode.Isolated && !network.IsInternal) throw Wrong(Prefix + "bridge.gateway_mode_" + family, "isolated", "it is for internal networks alone");
        return info;
    }

    /// <summary>What the devices of its containers are called, with a number behind it.</summary>
    public static string DevicePrefix(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Options.GetValueOrDefault(Prefix + "container_iface_prefix") is { Length: > 0 } prefix ? prefix : "eth";
    }

    /// <summary>Whether processes of the host serve its published ports.</summary>
    public static bool ObeysHostFirewall(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Options.TryGetValue(Prefix + HostFirewall, out string? value) && Switch(HostFirewall, value);
    }

    /// <summary>At which address ports are published for which nobody names one; <see langword="null"/>: at all.</summary>
    public static IPAddress? PublishAddress(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Options.GetValueOrDefault(Prefix + "bridge.host_binding_ipv4") is { Length: > 0 } text && IPAddress.TryParse(text, out IPAddress? address) && !address.Equals(IPAddress.Any) ? address : null;
    }

    private static bool Switch(string name, string value) => value switch
    {
        "true" or "1" or "True" or "TRUE" or "t" or "T" => true,
        "false" or "0" or "False" or "FALSE" or "f" or "F" => false,
        _ => throw Wrong(name, value, "true or false"),
    };

    private static GatewayMode Mode(string name, string value) => value switch
    {
        "" or "nat" => GatewayMode.Nat,
        "nat-unprotected" => GatewayMode.NatUnprotected,
        "routed" => GatewayMode.Routed,
        "isolated" => GatewayMode.Isolated,
        _ => throw Wrong(name, value, "nat, nat-unprotected, routed or isolated"),
    };

    private static KeelsonException Wrong(string name, string value, string why) => new(ErrorKind.InvalidArgument, $"network option {name}={value}: {why}");
}
