using Keelson.Network.Ipam;
using Keelson.Network.Remote;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Control;

/// <summary>Where a controller works.</summary>
public sealed record ControllerOptions
{
    /// <summary>Where networks are written down; it outlives the machine's start.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Where namespaces and what belongs to containers that run are; it is empty when the machine starts.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The host's own network namespace.</summary>
    public NetworkPlace Host { get; init; } = new();

    /// <summary>Where networks without addresses of their own get them from.</summary>
    public IReadOnlyList<PoolSource> Pools { get; init; } = PoolDirectory.Standard;

    /// <summary>Where plug-ins are looked for.</summary>
    public PluginDirectory Plugins { get; init; } = PluginDirectory.Standard;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
