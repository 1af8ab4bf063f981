using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>What a removal did: a name taken away, or an image removed.</summary>
public sealed record ImageDeleteItem
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Deleted { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Untagged { get; set => field = Empty.ToNull(value); }
}
