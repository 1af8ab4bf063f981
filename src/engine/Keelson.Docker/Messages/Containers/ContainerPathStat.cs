using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>What the header X-Docker-Container-Path-Stat holds, in base64. The mode has the bits of Go's os.FileMode.</summary>
public sealed record ContainerPathStat
{
    [JsonPropertyName("name")]
    public string Name { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("size")]
    public long Size { get; set; }

    [JsonPropertyName("mode")]
    public uint Mode { get; set; }

    [JsonPropertyName("mtime")]
    public string Mtime { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("linkTarget")]
    public string LinkTarget { get; set => field = value ?? ""; } = "";
}
