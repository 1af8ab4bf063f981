namespace Keelson.Docker;

/// <summary>A step of an image's history.</summary>
public sealed record ImageHistoryItem
{
    public string Comment { get; set => field = value ?? ""; } = "";

    public long Created { get; set; }

    public string CreatedBy { get; set => field = value ?? ""; } = "";

    public string Id { get; set => field = value ?? ""; } = "";

    public long Size { get; set; }

    public string[]? Tags { get; set; }
}
