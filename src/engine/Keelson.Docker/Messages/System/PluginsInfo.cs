namespace Keelson.Docker;

/// <summary>The plugins of an engine by kind.</summary>
public sealed record PluginsInfo
{
    public string[]? Volume { get; set; }

    public string[]? Network { get; set; }

    public string[]? Authorization { get; set; }

    public string[]? Log { get; set; }
}
