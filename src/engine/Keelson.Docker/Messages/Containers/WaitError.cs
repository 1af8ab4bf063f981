using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>Why a wait failed.</summary>
public sealed record WaitError
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; set => field = Empty.ToNull(value); }
}
