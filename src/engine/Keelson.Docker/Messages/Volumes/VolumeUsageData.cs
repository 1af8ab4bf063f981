namespace Keelson.Docker;

/// <summary>How many containers use a volume, and its size in bytes; -1 means not counted.</summary>
public sealed record VolumeUsageData
{
    public long RefCount { get; set; }

    public long Size { get; set; }
}
