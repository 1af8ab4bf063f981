namespace Keelson.Docker;

/// <summary>The answer to GET /system/df.</summary>
public sealed record DiskUsageResponse
{
    public long LayersSize { get; set; }

    public ImageSummary[]? Images { get; set; }

    public ContainerSummary[]? Containers { get; set; }

    public Volume[]? Volumes { get; set; }

    public BuildCacheRecord[]? BuildCache { get; set; }

    public long BuilderSize { get; set; }
}
