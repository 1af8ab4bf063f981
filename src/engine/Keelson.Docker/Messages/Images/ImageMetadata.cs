namespace Keelson.Docker;

/// <summary>What the engine itself notes about an image.</summary>
public sealed record ImageMetadata
{
    public string LastTagTime { get; set => field = value ?? ""; } = "";
}
