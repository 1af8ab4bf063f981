using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>Options of a tmpfs: size in bytes, mode of its root.</summary>
public sealed record TmpfsOptions
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeBytes { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint Mode { get; set; }
}
