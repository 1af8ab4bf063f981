using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>What a container wants in a network: docker's <c>EndpointSettings</c>, with docker's names in JSON. Docker Engine API v1.41 <c>EndpointSettings</c>.</summary>
public sealed record EndpointSettings
{
    /// <summary>The addresses that it is to have; <see langword="null"/>: any.</summary>
    [JsonPropertyName("IPAMConfig")]
    public EndpointAddresses? Addresses { get; init; }

    /// <summary>Other names by which it knows containers of the network: <c>name:alias</c>.</summary>
    public IReadOnlyList<string>? Links { get; init; }

    /// <summary>What the others in the network know it by, besides its own names.</summary>
    public IReadOnlyList<string>? Aliases { get; init; }

    /// <summary>The address of its device: <c>02:42:ac:11:00:02</c>; empty for one that is chosen.</summary>
    public string MacAddress { get; init => field = value ?? ""; } = "";

    /// <summary>What the network's driver is told of this end.</summary>
    public IReadOnlyDictionary<string, string>? DriverOpts { get; init; }

    /// <summary>The network with the highest number is the one by which it reaches elsewhere. Later API versions.</summary>
    [JsonPropertyName("GwPriority"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int GatewayPriority { get; init; }
}

/// <summary>Addresses that a container is to have in a network. Docker Engine API v1.41 <c>EndpointIPAMConfig</c>.</summary>
public sealed record EndpointAddresses
{
    /// <summary>Its address of IPv4; empty for any.</summary>
    [JsonPropertyName("IPv4Address")]
    public string Ipv4 { get; init => field = value ?? ""; } = "";

    /// <summary>Its address of IPv6; empty for any.</summary>
    [JsonPropertyName("IPv6Address")]
    public string Ipv6 { get; init => field = value ?? ""; } = "";
}

/// <summary>The networks that a new container joins. Docker Engine API v1.41 <c>NetworkingConfig</c>.</summary>
public sealed record NetworkingSettings
{
    /// <summary>What it wants in each, by the network's name or identity.</summary>
    public IReadOnlyDictionary<string, EndpointSettings?>? EndpointsConfig { get; init; }
}
