using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The layers of an image by the digests of their contents.</summary>
public sealed record ImageRootFS
{
    public string Type { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Layers { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BaseLayer { get; set => field = Empty.ToNull(value); }
}
