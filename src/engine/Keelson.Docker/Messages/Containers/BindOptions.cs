using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>Options of a bind mount.</summary>
public sealed record BindOptions
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Propagation { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NonRecursive { get; set; }
}
