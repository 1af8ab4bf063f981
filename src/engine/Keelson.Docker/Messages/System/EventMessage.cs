using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>One message of GET /events. The first three repeat what actor and action say, for old clients.</summary>
public sealed record EventMessage
{
    [JsonPropertyName("status"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("from"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; set => field = Empty.ToNull(value); }

    public string Type { get; set => field = value ?? ""; } = "";

    public string Action { get; set => field = value ?? ""; } = "";

    public EventActor Actor { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("scope"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Scope { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Time { get; set; }

    [JsonPropertyName("timeNano"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long TimeNano { get; set; }
}
