using Keelson.Plugins;

namespace Keelson.Engine.Containers;

/// <summary>Plug-ins that keep volumes.</summary>
public sealed record VolumePluginOptions
{
    /// <summary>Where they are looked for.</summary>
    public PluginDirectory Plugins { get; init; } = PluginDirectory.Standard;

    /// <summary>How long an answer is waited for by who cannot go on without it: 2 minutes, as docker for what may take long.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one is waited for where others wait with it: where all are asked, as for a list, and at the end of a container. 3 s.</summary>
    public TimeSpan ListPatience { get; init; } = TimeSpan.FromSeconds(3);
}
