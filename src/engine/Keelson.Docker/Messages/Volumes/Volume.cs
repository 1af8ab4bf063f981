using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A volume.</summary>
public sealed record Volume
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CreatedAt { get; set => field = Empty.ToNull(value); }

    public string Driver { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? Labels { get; set; }

    public string Mountpoint { get; set => field = value ?? ""; } = "";

    public string Name { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? Options { get; set; }

    public string Scope { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, JsonElement>? Status { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VolumeUsageData? UsageData { get; set; }
}
