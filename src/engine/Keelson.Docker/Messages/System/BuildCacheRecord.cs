namespace Keelson.Docker;

/// <summary>An entry of the build cache.</summary>
public sealed record BuildCacheRecord
{
    public string ID { get; set => field = value ?? ""; } = "";

    public string Parent { get; set => field = value ?? ""; } = "";

    public string Type { get; set => field = value ?? ""; } = "";

    public string Description { get; set => field = value ?? ""; } = "";

    public bool InUse { get; set; }

    public bool Shared { get; set; }

    public long Size { get; set; }

    public string CreatedAt { get; set => field = value ?? ""; } = "";

    public string? LastUsedAt { get; set; }

    public int UsageCount { get; set; }
}
