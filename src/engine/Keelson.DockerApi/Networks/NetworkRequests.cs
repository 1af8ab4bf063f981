using System.Net;
using System.Text.Json;
using Keelson.Engine.Containers;
using Keelson.Network.Ipam;
using Keelson.Network.Records;

namespace Keelson.DockerApi.Networks;

/// <summary>What clients ask for of networks, in the engine's words.</summary>
internal static class NetworkRequests
{
    /// <summary>A network to be made.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it cannot be so.</exception>
    public static NetworkRecord Wish(Docker.NetworkCreateRequest request)
    {
        if (request.Scope is not ("" or "local")) throw Invalid($"network {request.Name}: this engine has networks of scope local alone, not {request.Scope}");
        if (request.Ingress) throw Invalid($"network {request.Name}: this engine is in no swarm, and has no ingress networks");
        List<IpamConfig> addresses = [.. (request.IPAM?.Config ?? []).Select(Addresses)];
        if (addresses.Where(config => config.Subnet is not null).GroupBy(config => config.Subnet!.Value.BaseAddress.AddressFamily).Any(family => family.Count() > 1))
            throw Invalid($"network {request.Name}: there is more than one subnet of a family");
        return new()
        {
            Id = "",
            Name = request.Name,
            Driver = request.Driver.Length > 0 ? request.Driver : "bridge",
            HasIpv4 = request.EnableIPv4 ?? true,
            HasIpv6 = request.EnableIPv6,
            IsInternal = request.Internal,
            IsAttachable = request.Attachable,
            IsConfiguration = request.ConfigOnly,
            ConfigurationFrom = request.ConfigFrom?.Network is { Length: > 0 } from ? from : null,
            IpamDriver = request.IPAM?.Driver is { Length: > 0 } ipam ? ipam : "default",
            IpamOptions = request.IPAM?.Options ?? [],
            Ipam = addresses,
            Options = request.Options ?? [],
            Labels = request.Labels ?? [],
        };
    }

    /// <summary>What a container wants in a network. Both sides write the same JSON.</summary>
    public static EndpointSettings? Endpoint(Docker.EndpointSettings? settings) => settings is null ? null
        : JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(settings, Docker.DockerJson.Default.EndpointSettings), ContainerJson.Default.EndpointSettings);

    private static IpamConfig Addresses(Docker.NetworkIpamConfig config) => new()
    {
        Subnet = Network("subnet", config.Subnet),
        Range = Network("ip-range", config.IPRange),
        Gateway = Address("gateway", config.Gateway),
        Auxiliary = (config.AuxiliaryAddresses ?? []).ToDictionary(pair => pair.Key, pair => Address("auxiliary address", pair.Value)!),
    };

    private static IPNetwork? Network(string what, string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (!SubnetText.TryParse(text, out IPAddress address, out IPNetwork network)) throw Invalid($"invalid {what} {text}: it is not an address and the length of its prefix");
        return address.Equals(network.BaseAddress) ? network : throw Invalid($"invalid {what} {text}: it should be {network}");
    }

    private static IPAddress? Address(string what, string? text) => string.IsNullOrEmpty(text) ? null : IPAddress.TryParse(text, out IPAddress? address) ? address : throw Invalid($"invalid {what} {text}: it is no address");

    private static KeelsonException Invalid(string message) => new(ErrorKind.InvalidArgument, message);
}
