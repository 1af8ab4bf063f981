using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>An OCI runtime that an engine can use.</summary>
public sealed record RuntimeInfo
{
    [JsonPropertyName("path")]
    public string Path { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("runtimeArgs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? RuntimeArgs { get; set => field = Empty.ToNull(value); }
}
