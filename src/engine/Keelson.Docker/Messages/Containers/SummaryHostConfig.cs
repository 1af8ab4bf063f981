using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>What a row of the list of containers tells of the host configuration.</summary>
public sealed record SummaryHostConfig
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NetworkMode { get; set => field = Empty.ToNull(value); }
}
