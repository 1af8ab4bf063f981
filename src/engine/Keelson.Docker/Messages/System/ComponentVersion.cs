using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The version of a part of the engine.</summary>
public sealed record ComponentVersion
{
    public string Name { get; set => field = value ?? ""; } = "";

    public string Version { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Details { get; set => field = Empty.ToNull(value); }
}
