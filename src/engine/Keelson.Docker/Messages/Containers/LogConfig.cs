namespace Keelson.Docker;

/// <summary>The logging driver of a container and its options.</summary>
public sealed record LogConfig
{
    public string Type { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? Config { get; set; }
}
