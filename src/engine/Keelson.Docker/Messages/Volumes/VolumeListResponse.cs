namespace Keelson.Docker;

/// <summary>The answer to GET /volumes.</summary>
public sealed record VolumeListResponse
{
    public Volume[]? Volumes { get; set; }

    public string[]? Warnings { get; set; }
}
