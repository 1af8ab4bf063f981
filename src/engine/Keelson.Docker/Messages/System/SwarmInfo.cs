using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The engine's part in a swarm.</summary>
public sealed record SwarmInfo
{
    public string NodeID { get; set => field = value ?? ""; } = "";

    public string NodeAddr { get; set => field = value ?? ""; } = "";

    public string LocalNodeState { get; set => field = value ?? ""; } = "";

    public bool ControlAvailable { get; set; }

    public string Error { get; set => field = value ?? ""; } = "";

    public SwarmPeer[]? RemoteManagers { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Nodes { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Managers { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Cluster { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Warnings { get; set => field = Empty.ToNull(value); }
}
