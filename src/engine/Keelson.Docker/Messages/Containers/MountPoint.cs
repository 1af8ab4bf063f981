using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A mount that a container has.</summary>
public sealed record MountPoint
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; set => field = Empty.ToNull(value); }

    public string Source { get; set => field = value ?? ""; } = "";

    public string Destination { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Driver { get; set => field = Empty.ToNull(value); }

    public string Mode { get; set => field = value ?? ""; } = "";

    public bool RW { get; set; }

    public string Propagation { get; set => field = value ?? ""; } = "";
}
