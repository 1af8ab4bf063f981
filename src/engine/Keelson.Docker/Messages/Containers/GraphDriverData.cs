namespace Keelson.Docker;

/// <summary>What the storage driver tells of a container or an image.</summary>
public sealed record GraphDriverData
{
    public Dictionary<string, string>? Data { get; set; }

    public string Name { get; set => field = value ?? ""; } = "";
}
