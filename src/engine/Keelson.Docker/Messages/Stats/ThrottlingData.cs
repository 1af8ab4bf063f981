using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>How often and how long, in nanoseconds, a container waited for its CPU quota.</summary>
public sealed record ThrottlingData
{
    [JsonPropertyName("periods")]
    public ulong Periods { get; set; }

    [JsonPropertyName("throttled_periods")]
    public ulong ThrottledPeriods { get; set; }

    [JsonPropertyName("throttled_time")]
    public ulong ThrottledTime { get; set; }
}
