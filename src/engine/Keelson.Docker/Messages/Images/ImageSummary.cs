namespace Keelson.Docker;

/// <summary>A row of GET /images/json. -1 means not counted.</summary>
public sealed record ImageSummary
{
    public long Containers { get; set; }

    public long Created { get; set; }

    public string Id { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? Labels { get; set; }

    public string ParentId { get; set => field = value ?? ""; } = "";

    public string[]? RepoDigests { get; set; }

    public string[]? RepoTags { get; set; }

    public long SharedSize { get; set; }

    public long Size { get; set; }

    public long VirtualSize { get; set; }
}
