using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Cni.Client;
using Keelson.Cni.Driver;
using Keelson.Engine.Networks;
using Keelson.Network.Ipam;

namespace Keelson.Daemon.Configuration;

/// <summary>Networks in the configuration; keys are those of dockerd's daemon.json with underscores.</summary>
/// <remarks>
/// <code>
/// [network]   bridge ("none" for no network "bridge"), bip, fixed_cidr, ipv6, fixed_cidr_v6, mtu, icc, ip_masq, ip, dns, dns_search, host_gateway_ip, table,
///             cni_config_dirs, cni_plugin_dirs, cni_timeout (seconds)
/// [[network.default_address_pools]]   base, size
/// </code>
/// </remarks>
internal static class NetworkConfig
{
    private const string Prefix = "com.docker.network.";

    /// <summary>Networks of a daemon without a configuration.</summary>
    public static NetworkOptions Standard { get; } = Read(new ConfigSection("", "network.", new Dictionary<string, Toml.TomlValue>()));

    /// <summary>Reads the table. A bridge and a table of packet filters without a name are named after the engine.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a value is wrong.</exception>
    public static NetworkOptions Read(ConfigSection section)
    {
        List<IpamConfig> addresses = [];
        if (section.Text("bip") is { Length: > 0 } own)
        {
            (IPAddress address, IPNetwork network) = Cidr(section, "bip", own, AddressFamily.InterNetwork);
            addresses.Add(new() { Subnet = network, Gateway = address, Range = section.Text("fixed_cidr") is { Length: > 0 } range ? Network(section, "fixed_cidr", range, AddressFamily.InterNetwork) : null });
        }
        else if (section.Text("fixed_cidr") is { Length: > 0 } alone)
        {
            addresses.Add(new() { Subnet = Network(section, "fixed_cidr", alone, AddressFamily.InterNetwork) });
        }
        bool hasIpv6 = section.Switch("ipv6", false);
        if (section.Text("fixed_cidr_v6") is { Length: > 0 } six) addresses.Add(new() { Subnet = Network(section, "fixed_cidr_v6", six, AddressFamily.InterNetworkV6) });
        Dictionary<string, string> bridge = new()
        {
            [Prefix + "bridge.enable_icc"] = section.Switch("icc", true) ? "true" : "false",
            [Prefix + "bridge.enable_ip_masquerade"] = section.Switch("ip_masq", true) ? "true" : "false",
            [Prefix + "bridge.host_binding_ipv4"] = section.Text("ip") is { Length: > 0 } at ? Address(section, "ip", at).ToString() : "0.0.0.0",
            [Prefix + "driver.mtu"] = section.Integer("mtu", 1500, 68, 65_535).ToString(CultureInfo.InvariantCulture),
        };
        List<PoolSource> pools = [];
        foreach (ConfigSection pool in section.Sections("default_address_pools"))
        {
            IPNetwork from = Network(pool, "base", pool.Text("base") ?? "", null);
            int longest = from.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 30 : 126;
            pools.Add(new(from, (int)pool.Integer("size", from.PrefixLength, from.PrefixLength, longest)));
            pool.End();
        }
        NetworkOptions options = new()
        {
            Bridge = section.Text("bridge") ?? "",
            Table = section.Text("table") ?? "",
            Cni = Plugins(section),
            Addresses = addresses,
            HasIpv6 = hasIpv6,
            BridgeOptions = bridge,
            NameServers = [.. section.Texts("dns").Select(server => Address(section, "dns", server).ToString())],
            SearchDomains = section.Texts("dns_search"),
            HostGateway = section.Text("host_gateway_ip") is { Length: > 0 } gateway ? Address(section, "host_gateway_ip", gateway) : null,
        };
        section.End();
        return pools.Count > 0 ? options with { Pools = pools } : options;
    }

    private static CniDriverOptions Plugins(ConfigSection section)
    {
        CniDriverOptions standard = new();
        IReadOnlyList<string> configurations = Folders("cni_config_dirs"), programs = Folders("cni_plugin_dirs");
        return new()
        {
            Directories = new(configurations.Count > 0 ? configurations : CniDirectories.Standard.Configurations, programs.Count > 0 ? programs : CniDirectories.Standard.Programs),
            Patience = TimeSpan.FromSeconds(section.Integer("cni_timeout", (long)standard.Patience.TotalSeconds, 1, 3600)),
        };

        IReadOnlyList<string> Folders(string key)
        {
            IReadOnlyList<string> folders = section.Texts(key);
            return folders.FirstOrDefault(folder => !folder.StartsWith('/')) is { } wrong ? throw section.Wrong(key, $"'{wrong}' is no absolute path") : folders;
        }
    }

    private static IPNetwork Network(ConfigSection section, string key, string text, AddressFamily? family) => Cidr(section, key, text, family).Network;

    private static (IPAddress Address, IPNetwork Network) Cidr(ConfigSection section, string key, string text, AddressFamily? family) =>
        SubnetText.TryParse(text, out IPAddress address, out IPNetwork network) && (family is null || address.AddressFamily == family) ? (address, network)
        : throw section.Wrong(key, $"'{text}' is not an address and the length of its prefix");

    private static IPAddress Address(ConfigSection section, string key, string text) => IPAddress.TryParse(text, out IPAddress? address) ? address : throw section.Wrong(key, $"'{text}' is no address");
}
