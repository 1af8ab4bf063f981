using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A row of GET /images/search.</summary>
public sealed record SearchResult
{
    [JsonPropertyName("star_count")]
    public int StarCount { get; set; }

    [JsonPropertyName("is_official")]
    public bool IsOfficial { get; set; }

    [JsonPropertyName("name")]
    public string Name { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("is_automated")]
    public bool IsAutomated { get; set; }

    [JsonPropertyName("description")]
    public string Description { get; set => field = value ?? ""; } = "";
}
