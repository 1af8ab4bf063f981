using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A port of a container, and where it is published.</summary>
public sealed record Port
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IP { get; set => field = Empty.ToNull(value); }

    public ushort PrivatePort { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ushort PublicPort { get; set; }

    public string Type { get; set => field = value ?? ""; } = "";
}
