using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The driver that makes a volume, and its options.</summary>
public sealed record VolumeDriverConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Options { get; set => field = Empty.ToNull(value); }
}
