using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>One figure of a block device.</summary>
public sealed record BlkioStatEntry
{
    [JsonPropertyName("major")]
    public ulong Major { get; set; }

    [JsonPropertyName("minor")]
    public ulong Minor { get; set; }

    [JsonPropertyName("op")]
    public string Op { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("value")]
    public ulong Value { get; set; }
}
