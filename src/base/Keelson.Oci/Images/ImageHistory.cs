using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>One step of an image's making.</summary>
/// <remarks>image-spec 1.1 config "history".</remarks>
public sealed record ImageHistory
{
    /// <summary>When.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>The command.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>Who.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>A remark.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    /// <summary>Whether the step made no layer.</summary>
    [JsonPropertyName("empty_layer"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsEmptyLayer { get; init; }
}
