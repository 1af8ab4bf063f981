namespace Keelson.Plugins;

/// <summary>An answer that says whether it went well.</summary>
public record PluginAnswer
{
    /// <summary>What went wrong, of network drivers.</summary>
    public string? Err { get; init; }

    /// <summary>What went wrong, of address drivers.</summary>
    public string? Error { get; init; }
}
