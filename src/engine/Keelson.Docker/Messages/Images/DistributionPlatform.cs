using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A platform that an image is made for.</summary>
public sealed record DistributionPlatform
{
    [JsonPropertyName("architecture")]
    public string Architecture { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("os")]
    public string Os { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("os.version"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OsVersion { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("os.features"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? OsFeatures { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("variant"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; set => field = Empty.ToNull(value); }
}
