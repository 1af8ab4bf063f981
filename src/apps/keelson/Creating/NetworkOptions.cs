using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Creating;

/// <summary>Networks, ports, names.</summary>
internal static class NetworkOptions
{
    /// <summary>Reads the options.</summary>
    public static void Apply(ContainerCreateRequest request, Arguments arguments)
    {
        HostConfig host = request.HostConfig!;
        host.Dns = arguments.ListOrNull("dns") ?? [];
        host.DnsOptions = [.. arguments.List("dns-opt"), .. arguments.List("dns-option")];
        host.DnsSearch = arguments.ListOrNull("dns-search") ?? [];
        host.ExtraHosts = arguments.ListOrNull("add-host");
        foreach (string line in host.ExtraHosts ?? [])
            if (line.IndexOf(':', StringComparison.Ordinal) < 1)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"option --add-host: '{line}' is not name:address");
        host.Links = arguments.ListOrNull("link");
        host.PortBindings = [];
        Dictionary<string, EmptyObject> exposed = [];
        foreach (string port in arguments.List("publish")) PortSpec.Publish(port, host.PortBindings, exposed);
        foreach (string port in arguments.List("expose")) PortSpec.Expose(port, exposed);
        request.ExposedPorts = exposed;
        Networks(request, host, arguments);
    }

    private static void Networks(ContainerCreateRequest request, HostConfig host, Arguments arguments)
    {
        List<string> networks = [.. arguments.List("network"), .. arguments.List("net")];
        host.NetworkMode = networks.Count > 0 ? networks[0] : "default";
        request.NetworkingConfig = new() { EndpointsConfig = [] };
        string[] aliases = [.. arguments.List("network-alias"), .. arguments.List("net-alias")];
        bool isOwn = IsUserDefined(host.NetworkMode);
        if (aliases.Length > 0 && !isOwn) throw new KeelsonException(ErrorKind.InvalidArgument, "option --network-alias: only in networks that were made");
        EndpointIPAMConfig addresses = new() { IPv4Address = arguments.Value("ip"), IPv6Address = arguments.Value("ip6"), LinkLocalIPs = arguments.ListOrNull("link-local-ip") };
        bool hasAddresses = addresses != new EndpointIPAMConfig();
        if (isOwn && (aliases.Length > 0 || hasAddresses || host.Links is not null))
            request.NetworkingConfig.EndpointsConfig[host.NetworkMode] = new() { Aliases = aliases.Length > 0 ? aliases : null, Links = host.Links, IPAMConfig = hasAddresses ? addresses : null };
        else if (hasAddresses) request.NetworkingConfig.EndpointsConfig[host.NetworkMode] = new() { IPAMConfig = addresses };
        foreach (string further in networks.Skip(1)) request.NetworkingConfig.EndpointsConfig[further] = new();
    }

    private static bool IsUserDefined(string mode) => mode is not ("default" or "bridge" or "host" or "none" or "") && !mode.StartsWith("container:", StringComparison.Ordinal);
}
