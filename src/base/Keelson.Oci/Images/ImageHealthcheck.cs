using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>How docker finds out whether a container is well.</summary>
/// <remarks>Not in image-spec; docker's HEALTHCHECK.</remarks>
public sealed record ImageHealthcheck
{
    /// <summary>Empty: inherits. <c>NONE</c>: no check. <c>CMD</c> and arguments, or <c>CMD-SHELL</c> and one line.</summary>
    [JsonPropertyName("Test")]
    public IReadOnlyList<string>? Test { get; init; }

    /// <summary>Time between two checks; 0 is the default of the engine.</summary>
    [JsonPropertyName("Interval"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long IntervalNanoseconds { get; init; }

    /// <summary>How long a check may take; 0 is the default of the engine.</summary>
    [JsonPropertyName("Timeout"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long TimeoutNanoseconds { get; init; }

    /// <summary>How long the container may take to start; failures do not count before; 0 is the default of the engine.</summary>
    [JsonPropertyName("StartPeriod"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StartPeriodNanoseconds { get; init; }

    /// <summary>Time between two checks while the container starts; 0 is the default of the engine.</summary>
    [JsonPropertyName("StartInterval"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StartIntervalNanoseconds { get; init; }

    /// <summary>Failures in a row that make a container unhealthy; 0 is the default of the engine.</summary>
    [JsonPropertyName("Retries"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Retries { get; init; }
}
