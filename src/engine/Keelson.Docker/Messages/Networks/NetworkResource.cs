using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A network.</summary>
public sealed record NetworkResource
{
    public string Name { get; set => field = value ?? ""; } = "";

    public string Id { get; set => field = value ?? ""; } = "";

    public string Created { get; set => field = value ?? ""; } = "";

    public string Scope { get; set => field = value ?? ""; } = "";

    public string Driver { get; set => field = value ?? ""; } = "";

    public bool EnableIPv6 { get; set; }

    public NetworkIpam IPAM { get; set => field = value ?? new(); } = new();

    public bool Internal { get; set; }

    public bool Attachable { get; set; }

    public bool Ingress { get; set; }

    public NetworkConfigReference ConfigFrom { get; set => field = value ?? new(); } = new();

    public bool ConfigOnly { get; set; }

    public Dictionary<string, EndpointResource>? Containers { get; set; }

    public Dictionary<string, string>? Options { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkPeer[]? Peers { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Services { get; set; }
}
