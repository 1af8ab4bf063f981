using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The body of POST /networks/create.</summary>
public sealed record NetworkCreateRequest
{
    public bool CheckDuplicate { get; set; }

    public string Driver { get; set => field = value ?? ""; } = "";

    public string Scope { get; set => field = value ?? ""; } = "";

    public bool EnableIPv6 { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? EnableIPv4 { get; set; }

    public NetworkIpam? IPAM { get; set; }

    public bool Internal { get; set; }

    public bool Attachable { get; set; }

    public bool Ingress { get; set; }

    public bool ConfigOnly { get; set; }

    public NetworkConfigReference? ConfigFrom { get; set; }

    public Dictionary<string, string>? Options { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    public string Name { get; set => field = value ?? ""; } = "";
}
