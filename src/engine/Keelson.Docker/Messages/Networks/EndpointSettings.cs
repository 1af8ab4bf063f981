using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A container's place in a network.</summary>
public sealed record EndpointSettings
{
    public EndpointIPAMConfig? IPAMConfig { get; set; }

    public string[]? Links { get; set; }

    public string[]? Aliases { get; set; }

    public string NetworkID { get; set => field = value ?? ""; } = "";

    public string EndpointID { get; set => field = value ?? ""; } = "";

    public string Gateway { get; set => field = value ?? ""; } = "";

    public string IPAddress { get; set => field = value ?? ""; } = "";

    public int IPPrefixLen { get; set; }

    public string IPv6Gateway { get; set => field = value ?? ""; } = "";

    public string GlobalIPv6Address { get; set => field = value ?? ""; } = "";

    public int GlobalIPv6PrefixLen { get; set; }

    public string MacAddress { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? DriverOpts { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int GwPriority { get; set; }
}
