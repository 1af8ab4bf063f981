using System.Text.Json;
using System.Text.Json.Serialization;
using Keelson.Plugins;

namespace Keelson.Network.Remote;

/// <summary>How far networks of a driver reach.</summary>
internal sealed record CapabilitiesAnswer : PluginAnswer
{
    public string? Scope { get; init; }

    public string? ConnectivityScope { get; init; }
}

/// <summary>The addresses of a network.</summary>
internal sealed record PoolMessage(string AddressSpace, string Pool, string Gateway, IReadOnlyDictionary<string, string> AuxAddresses);

internal sealed record CreateNetworkMessage
{
    [JsonPropertyName("NetworkID")]
    public required string NetworkId { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Options { get; init; }

    [JsonPropertyName("IPv4Data")]
    public required IReadOnlyList<PoolMessage> Ipv4Data { get; init; }

    [JsonPropertyName("IPv6Data")]
    public required IReadOnlyList<PoolMessage> Ipv6Data { get; init; }
}

internal sealed record NetworkMessage([property: JsonPropertyName("NetworkID")] string NetworkId);

/// <summary>A container's end as driver and engine tell it each other: addresses with the lengths of their prefixes.</summary>
internal sealed record InterfaceMessage
{
    public string? Address { get; init; }

    [JsonPropertyName("AddressIPv6")]
    public string? AddressIpv6 { get; init; }

    public string? MacAddress { get; init; }
}

internal sealed record CreateEndpointMessage
{
    [JsonPropertyName("NetworkID")]
    public required string NetworkId { get; init; }

    [JsonPropertyName("EndpointID")]
    public required string EndpointId { get; init; }

    public required InterfaceMessage? Interface { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Options { get; init; }
}

internal sealed record CreateEndpointAnswer : PluginAnswer
{
    public InterfaceMessage? Interface { get; init; }
}

internal sealed record EndpointMessage([property: JsonPropertyName("NetworkID")] string NetworkId, [property: JsonPropertyName("EndpointID")] string EndpointId);

/// <param name="NetworkId">The network.</param>
/// <param name="EndpointId">The end by which its container reaches elsewhere.</param>
/// <param name="Options">Its published ports.</param>
internal sealed record OutsideMessage([property: JsonPropertyName("NetworkID")] string NetworkId, [property: JsonPropertyName("EndpointID")] string EndpointId, IReadOnlyDictionary<string, JsonElement> Options);

/// <param name="Proto">6 TCP, 17 UDP, 132 SCTP.</param>
/// <param name="Ip">The container's address.</param>
/// <param name="Port">The container's port.</param>
/// <param name="HostIp">The host's address.</param>
/// <param name="HostPort">The host's port.</param>
/// <param name="HostPortEnd">The last port that would do.</param>
internal sealed record PortBindingMessage(int Proto, [property: JsonPropertyName("IP")] string? Ip, int Port, [property: JsonPropertyName("HostIP")] string HostIp, int HostPort, int HostPortEnd);

/// <param name="Proto">6 TCP, 17 UDP, 132 SCTP.</param>
/// <param name="Port">The container's port.</param>
internal sealed record ExposedPortMessage(int Proto, int Port);

internal sealed record JoinMessage
{
    [JsonPropertyName("NetworkID")]
    public required string NetworkId { get; init; }

    [JsonPropertyName("EndpointID")]
    public required string EndpointId { get; init; }

    public required string SandboxKey { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Options { get; init; }
}

/// <summary>Which device of the host becomes the container's, and what it is called there.</summary>
internal sealed record InterfaceNameMessage(string? SrcName, string? DstPrefix, string? DstName);

/// <summary>A route of the container: by a gateway (0) or on the device (1).</summary>
internal sealed record StaticRouteMessage(string? Destination, int RouteType, string? NextHop);

internal sealed record JoinAnswer : PluginAnswer
{
    public InterfaceNameMessage? InterfaceName { get; init; }

    public string? Gateway { get; init; }

    [JsonPropertyName("GatewayIPv6")]
    public string? GatewayIpv6 { get; init; }

    public IReadOnlyList<StaticRouteMessage>? StaticRoutes { get; init; }

    public bool DisableGatewayService { get; init; }
}

/// <summary>How messages are written.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PluginAnswer))]
[JsonSerializable(typeof(CapabilitiesAnswer))]
[JsonSerializable(typeof(CreateNetworkMessage))]
[JsonSerializable(typeof(NetworkMessage))]
[JsonSerializable(typeof(CreateEndpointMessage))]
[JsonSerializable(typeof(CreateEndpointAnswer))]
[JsonSerializable(typeof(EndpointMessage))]
[JsonSerializable(typeof(JoinMessage))]
[JsonSerializable(typeof(OutsideMessage))]
[JsonSerializable(typeof(PortBindingMessage[]))]
[JsonSerializable(typeof(ExposedPortMessage[]))]
[JsonSerializable(typeof(JoinAnswer))]
[JsonSerializable(typeof(EmptyMessage))]
[JsonSerializable(typeof(IpamCapabilitiesAnswer))]
[JsonSerializable(typeof(AddressSpacesAnswer))]
[JsonSerializable(typeof(RequestPoolMessage))]
[JsonSerializable(typeof(RequestPoolAnswer))]
[JsonSerializable(typeof(ReleasePoolMessage))]
[JsonSerializable(typeof(RequestAddressMessage))]
[JsonSerializable(typeof(RequestAddressAnswer))]
[JsonSerializable(typeof(ReleaseAddressMessage))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class PluginJson : JsonSerializerContext;
