using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The process of an exec.</summary>
public sealed record ExecProcessConfig
{
    [JsonPropertyName("tty")]
    public bool Tty { get; set; }

    [JsonPropertyName("entrypoint")]
    public string Entrypoint { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("arguments")]
    public string[]? Arguments { get; set; }

    [JsonPropertyName("privileged"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Privileged { get; set; }

    [JsonPropertyName("user"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; set => field = Empty.ToNull(value); }
}
