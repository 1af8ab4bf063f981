using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Network;
using Keelson.Network.Ipam;
using Keelson.Network.Ports;

namespace Keelson.Cni.Plugin;

/// <summary>The configuration of a network of type <c>keelson</c>. docs/network.md "CNI".</summary>
public sealed record PluginConfig
{
    /// <summary>Where state is when nobody says so.</summary>
    public const string StandardStateDirectory = "/var/lib/cni/keelson";

    /// <summary>What the plug-in is called in configurations, and its addresses in <c>ipam</c>.</summary>
    public const string Type = "keelson";

    private const string StandardTable = "keelson-cni";

    /// <summary>The version that is spoken.</summary>
    public required string Version { get; init; }

    /// <summary>The network's name; empty where the command is of none.</summary>
    public required string Name { get; init; }

    /// <summary><c>bridge</c>, <c>macvlan</c> or <c>ipvlan</c>.</summary>
    public required string Driver { get; init; }

    /// <summary>What that is told, in dockerd's words.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Whether nothing goes from the network or into it.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Whether a container gets a route to elsewhere, unless it has one.</summary>
    public bool HasWayOut { get; init; } = true;

    /// <summary>Whether it has addresses of IPv6 that are chosen here.</summary>
    public bool HasIpv6 { get; init; }

    /// <summary>Addresses that are chosen here.</summary>
    public IReadOnlyList<IpamConfig> Addresses { get; init; } = [];

    /// <summary>The plug-in that chooses addresses; <see langword="null"/>: they are chosen here.</summary>
    public string? Ipam { get; init; }

    /// <summary>Routes besides.</summary>
    public IReadOnlyList<CniRoute> Routes { get; init; } = [];

    /// <summary>Who knows names.</summary>
    public CniDns Dns { get; init; } = new();

    /// <summary>Addresses that the container is to have.</summary>
    public IReadOnlyList<IPAddress> WantedAddresses { get; init; } = [];

    /// <summary>The address of the link layer that it is to have, 6 bytes; empty: one is chosen.</summary>
    public ReadOnlyMemory<byte> WantedHardwareAddress { get; init; }

    /// <summary>Its published ports.</summary>
    public IReadOnlyList<PortWish> Ports { get; init; } = [];

    /// <summary>Limits of bandwidth, as options of its end.</summary>
    public IReadOnlyDictionary<string, string> EndpointOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>What the plug-ins before this one have made, or this one itself; <see langword="null"/>: nothing.</summary>
    public CniResult? Previous { get; init; }

    /// <summary>The ends that there are, by container and device. GC.</summary>
    public IReadOnlyList<(string ContainerId, string Device)> ValidAttachments { get; init; } = [];

    /// <summary>Where state is.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The table of packet filters, which is this directory's alone.</summary>
    public required string Table { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="text">What the plug-in was given.</param>
    /// <param name="arguments"><c>CNI_ARGS</c>: <c>IP</c> and <c>MAC</c> are heeded.</param>
    /// <exception cref="CniException">CannotDecode, IncompatibleVersion, UnsupportedField, InvalidConfiguration.</exception>
    public static PluginConfig Read(ReadOnlyMemory<byte> text, IReadOnlyDictionary<string, string>? arguments = null)
    {
        JsonElement root = CniJson.Parse(text, "network configuration");
        string version = VersionIn(root);
        string? name = root.Text("name");
        if (!CniNames.IsName(name)) throw Invalid($"name '{name}': that is no name of a network");
        string driver = root.Text("driver") ?? "bridge";
        if (driver is not ("bridge" or "macvlan" or "ipvlan")) throw new CniException(CniErrorCode.UnsupportedField, $"driver '{driver}': bridge, macvlan or ipvlan");
        JsonElement ipam = root.Part("ipam") ?? default;
        bool hasIpam = ipam.ValueKind == JsonValueKind.Object;
        string? chooser = hasIpam && ipam.Text("type") is { Length: > 0 } and not Type ? ipam.Text("type") : null;
        if (chooser is not null && !CniNames.IsType(chooser)) throw Invalid($"ipam: type '{chooser}': that is no name of a plug-in");
        JsonElement runtime = root.Part("runtimeConfig") ?? default;
        bool hasRuntime = runtime.ValueKind == JsonValueKind.Object;
        string state = root.Text("stateDir") ?? StandardStateDirectory;
        if (!state.StartsWith('/') || state.Contains("/../", StringComparison.Ordinal) || state.EndsWith("/..", StringComparison.Ordinal)) throw Invalid($"stateDir '{state}': it is no absolute path");
        PluginConfig config = new()
        {
            Version = version,
            Name = name!,
            Driver = driver,
            Options = OptionsIn(root, driver),
            IsInternal = root.Switch("internal"),
            HasWayOut = root.Switch("isDefaultGateway", otherwise: true),
            HasIpv6 = root.Switch("ipv6"),
            Addresses = hasIpam && chooser is null ? SubnetsIn(ipam) : [],
            Ipam = chooser,
            Routes = hasIpam && chooser is null ? [.. ipam.Parts("routes").Select(CniResultText.RouteIn)] : [],
            Dns = root.Part("dns") is { } dns ? CniResultText.DnsIn(dns) : new(),
            WantedAddresses = WantedIn(root, hasRuntime ? runtime : null, arguments),
            WantedHardwareAddress = Hardware((hasRuntime ? runtime.Text("mac") : null) ?? Argument(root, arguments, "mac")),
            Ports = hasRuntime ? [.. runtime.Parts("portMappings").Select(PortIn).OfType<PortWish>()] : [],
            EndpointOptions = hasRuntime && runtime.Part("bandwidth") is { } bandwidth ? LimitsIn(bandwidth) : new(),
            Previous = root.Part("prevResult") is { } previous ? CniResultText.Read(previous) : null,
            ValidAttachments = [.. root.Parts("cni.dev/valid-attachments").Select(item => (item.Text("containerID") ?? "", item.Text("ifname") ?? ""))],
            StateDirectory = state,
            // Two directories on a host do not disturb each other.
            Table = root.Text("table") ?? (state == StandardStateDirectory ? StandardTable : string.Create(CultureInfo.InvariantCulture, $"{StandardTable}-{Crc32C.Of(Encoding.UTF8.GetBytes(state)):x8}")),
        };
        if (!CniNames.IsName(config.Table)) throw Invalid($"table '{config.Table}': that is no name of one");
        if (driver != "bridge" && config.Ports.Count > 0) throw new CniException(CniErrorCode.UnsupportedField, $"network {name}: portMappings: containers of driver {driver} are reached at their own addresses");
        return config;
    }

    /// <summary>The version of a configuration.</summary>
    /// <exception cref="CniException">IncompatibleVersion: it is none that is spoken.</exception>
    internal static string VersionIn(JsonElement root)
    {
        string version = root.Text("cniVersion") ?? CniVersions.Unsaid;
        return CniVersions.IsSupported(version) ? version : throw new CniException(CniErrorCode.IncompatibleVersion, $"cniVersion '{version}' is none of {string.Join(", ", CniVersions.Supported)}");
    }

    private static Dictionary<string, string> OptionsIn(JsonElement root, string driver)
    {
        const string Prefix = "com.docker.network.";
        Dictionary<string, string> options = [];
        if (root.Part("options") is { } given)
            foreach (JsonProperty option in given.EnumerateObject()) options[option.Name] = given.Text(option.Name) ?? "";
        if (driver == "bridge")
        {
            Text("bridge", Prefix + "bridge.name");
            if (root.Switch("isolated")) options[Prefix + "bridge.enable_icc"] = "false";
            if (!root.Switch("ipMasq", otherwise: true)) options[Prefix + "bridge.enable_ip_masquerade"] = "false";
            if (root.Number("mtu", 65_535) is { } mtu) options[Prefix + "driver.mtu"] = mtu.ToString(CultureInfo.InvariantCulture);
            // Whoever passes a port on from a process has to stay, and nobody does.
            if (options.ContainsKey(Prefix + "bridge.host_firewall")) throw new CniException(CniErrorCode.UnsupportedField, $"options: {Prefix}bridge.host_firewall wants a process that stays");
            return options;
        }
        Text("master", "parent");
        Text("mode", driver + "_mode");
        if (root.Number("mtu", 65_535) is not null) throw new CniException(CniErrorCode.UnsupportedField, $"mtu: containers of driver {driver} have the one of their master");
        return options;

        void Text(string from, string to)
        {
            if (root.Text(from) is { Length: > 0 } value) options[to] = value;
        }
    }

    private static List<IpamConfig> SubnetsIn(JsonElement ipam)
    {
        List<IpamConfig> all = [.. ipam.Parts("subnets").Select(SubnetIn)];
        if (ipam.Member("subnet") is not null) all.Insert(0, SubnetIn(ipam));
        foreach (bool isIpv6 in (bool[])[false, true])
            if (all.Count(config => config.Subnet!.Value.IsIpv6 == isIpv6) > 1) throw Invalid($"ipam: there is more than one subnet of IPv{(isIpv6 ? 6 : 4)}");
        return all;
    }

    private static IpamConfig SubnetIn(JsonElement item)
    {
        IPNetwork subnet = CniJson.SubnetOf(item.Text("subnet"), "ipam: subnet").Network;
        int number = 0;
        IpamConfig config = new()
        {
            Subnet = subnet,
            Range = item.Text("range") is { Length: > 0 } range ? CniJson.SubnetOf(range, "ipam: range").Network : null,
            Gateway = item.Address("gateway"),
            Auxiliary = item.Texts("exclude").ToDictionary(_ => (++number).ToString(CultureInfo.InvariantCulture), text => CniJson.AddressOf(text, "ipam: exclude")),
        };
        config.Check();
        return config;
    }

    /// <summary>Addresses that are asked for: by capability, by convention, or in the environment.</summary>
    private static List<IPAddress> WantedIn(JsonElement root, JsonElement? runtime, IReadOnlyDictionary<string, string>? arguments)
    {
        List<string> texts = runtime is { } given ? given.Texts("ips") : [];
        if (texts.Count == 0 && root.Part("args")?.Part("cni") is { } convention) texts = convention.Texts("ips");
        if (texts.Count == 0 && arguments?.GetValueOrDefault("IP") is { Length: > 0 } argument) texts = [.. argument.Split(',')];
        List<IPAddress> wanted = [.. texts.Select(text => SubnetText.TryParse(text, out IPAddress address, out _) ? address : CniJson.AddressOf(text, "ips"))];
        foreach (bool isIpv6 in (bool[])[false, true])
            if (wanted.Count(address => address.IsIpv6 == isIpv6) > 1) throw new CniException(CniErrorCode.UnsupportedField, $"ips: more than one address of IPv{(isIpv6 ? 6 : 4)} is asked for");
        return wanted;
    }

    private static string? Argument(JsonElement root, IReadOnlyDictionary<string, string>? arguments, string name) =>
        root.Part("args")?.Part("cni")?.Text(name) ?? arguments?.GetValueOrDefault(name.ToUpperInvariant());

    private static byte[] Hardware(string? text)
    {
        if (text is not { Length: > 0 }) return [];
        string[] parts = text.Split(':', '-');
        byte[] address = new byte[6];
        bool isAddress = parts.Length == address.Length;
        for (int i = 0; i < address.Length && isAddress; i++) isAddress = parts[i].Length is 1 or 2 && byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address[i]);
        return isAddress && (address[0] & 1) == 0 ? address : throw Invalid($"mac '{CniErrorText.Shorten(text)}': it is no address of one device");
    }

    /// <summary>A published port; <see langword="null"/>: none, as the host's port is 0.</summary>
    private static PortWish? PortIn(JsonElement item)
    {
        int host = (int)(item.Number("hostPort", 65_535) ?? 0), container = (int)(item.Number("containerPort", 65_535) ?? 0);
        if (host == 0) return null;
        if (container == 0) throw Invalid("portMappings: containerPort is missing");
        byte protocol = (item.Text("protocol") ?? "tcp").ToLowerInvariant() switch
        {
            "tcp" or "" => PublishedPort.Tcp,
            "udp" => PublishedPort.Udp,
            "sctp" => PublishedPort.Sctp,
            string other => throw Invalid($"portMappings: protocol '{CniErrorText.Shorten(other)}': tcp, udp or sctp"),
        };
        return new(protocol, container) { FirstPort = host, LastPort = host, HostAddress = item.Address("hostIP") };
    }

    private static Dictionary<string, string> LimitsIn(JsonElement bandwidth)
    {
        Dictionary<string, string> options = [];
        foreach ((string name, string option) in ((string, string)[])[("ingressRate", Network.Control.EndpointOptions.Ingress), ("egressRate", Network.Control.EndpointOptions.Egress)])
            if (bandwidth.Number(name, ulong.MaxValue) is { } rate and > 0) options[option] = rate.ToString(CultureInfo.InvariantCulture);
        return options;
    }

    private static CniException Invalid(string message) => new(CniErrorCode.InvalidConfiguration, message);
}
