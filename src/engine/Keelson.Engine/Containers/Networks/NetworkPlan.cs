using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Engine.Networks;
using Keelson.Network.Control;
using Keelson.Network.Records;

namespace Keelson.Engine.Containers;

/// <summary>The networks that a container joins, from what it was made with.</summary>
internal static class NetworkPlan
{
    /// <summary>Whether a container of this mode has networks of its own, and not the host's, another container's, or none.</summary>
    public static bool HasOwn(string mode) => mode is not ("none" or "host") && SettingsCheck.Container(mode) is null;

    /// <summary>The networks of a new container by their names.</summary>
    /// <param name="host">Its settings, of which the mode is the first network.</param>
    /// <param name="settings">The rest of its settings.</param>
    /// <param name="asked">What it wants in each network, by name or identity.</param>
    /// <param name="networks">The networks that are there.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such network. InvalidArgument: what is wanted cannot be.</exception>
    public static IReadOnlyDictionary<string, EndpointSettings> Make(HostSettings host, ContainerSettings settings, IReadOnlyDictionary<string, EndpointSettings?>? asked, INetworkService networks)
    {
        string mode = host.NetworkMode is "" or "default" ? networks.Default : host.NetworkMode;
        Dictionary<string, EndpointSettings> joined = [];
        if (!HasOwn(mode))
        {
            if (asked?.Keys.FirstOrDefault(name => name != mode && name != "default") is { } other) throw Invalid($"conflicting options: network {other} and network mode {mode}");
            return joined;
        }
        joined.Add(networks.Find(mode).Name, new());
        foreach ((string name, EndpointSettings? wish) in asked ?? new Dictionary<string, EndpointSettings?>()) joined[networks.Find(name).Name] = wish ?? new();
        string first = joined.First().Key;
        if (settings.MacAddress is { Length: > 0 } hardware && joined[first].MacAddress.Length == 0) joined[first] = joined[first] with { MacAddress = hardware };
        foreach ((string name, EndpointSettings wish) in joined) Check(networks.Find(name), wish);
        return joined;
    }

    /// <summary>Refuses what a container cannot have in a network.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: why.</exception>
    public static void Check(NetworkRecord network, EndpointSettings wish)
    {
        if (network.IsConfiguration || HasOwn(network.Name) is false) throw new KeelsonException(ErrorKind.PermissionDenied, $"container cannot be connected to network {network.Name}");
        if (!network.HasNames)
        {
            if (wish.Aliases is { Count: > 0 }) throw Invalid("network-scoped alias is supported only for containers in user defined networks");
            if (wish.Addresses is { Ipv4.Length: > 0 } or { Ipv6.Length: > 0 }) throw Invalid("user specified IP address is supported on user defined networks only");
        }
        Wish(network.Name, wish);
    }

    /// <summary>What the controller is asked for.</summary>
    /// <param name="network">The network.</param>
    /// <param name="settings">What the container wants there.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an address is none.</exception>
    public static EndpointWish Wish(string network, EndpointSettings settings) => new(network)
    {
        Ipv4 = Address(settings.Addresses?.Ipv4, AddressFamily.InterNetwork),
        Ipv6 = Address(settings.Addresses?.Ipv6, AddressFamily.InterNetworkV6),
        HardwareAddress = Hardware(settings.MacAddress),
        Aliases = settings.Aliases ?? [],
        Links = Links(settings),
        GatewayPriority = settings.GatewayPriority,
        Options = settings.DriverOpts ?? new Dictionary<string, string>(),
    };

    private static Dictionary<string, string> Links(EndpointSettings settings)
    {
        Dictionary<string, string> links = new(StringComparer.OrdinalIgnoreCase);
        foreach (string link in settings.Links ?? [])
        {
            (string name, string alias) = LinkText.Parse(link);
            links[alias] = name;
        }
        return links;
    }

    private static IPAddress? Address(string? text, AddressFamily family)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == family ? address : throw Invalid($"invalid {(family == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address: {text}");
    }

    private static ReadOnlyMemory<byte> Hardware(string text)
    {
        if (text.Length == 0) return default;
        string[] parts = text.Split(':', '-');
        byte[] address = new byte[6];
        bool isValid = parts.Length == address.Length;
        for (int i = 0; i < address.Length && isValid; i++) isValid = parts[i].Length is 1 or 2 && byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address[i]);
        return isValid && (address[0] & 1) == 0 ? address : throw Invalid($"invalid MAC address: {text}");
    }

    private static KeelsonException Invalid(string message) => new(ErrorKind.InvalidArgument, message);
}
