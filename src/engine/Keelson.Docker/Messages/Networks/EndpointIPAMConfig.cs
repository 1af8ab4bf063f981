using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The addresses that a container asks for in a network.</summary>
public sealed record EndpointIPAMConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IPv4Address { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IPv6Address { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? LinkLocalIPs { get; set => field = Empty.ToNull(value); }
}
