using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The body of every answer that is an error.</summary>
public sealed record ErrorResponse
{
    [JsonPropertyName("message")]
    public string Message { get; set => field = value ?? ""; } = "";
}
