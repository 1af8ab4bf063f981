using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The error that ended a stream.</summary>
public sealed record ErrorDetail
{
    [JsonPropertyName("code"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Code { get; set; }

    [JsonPropertyName("message"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; set => field = Empty.ToNull(value); }
}
