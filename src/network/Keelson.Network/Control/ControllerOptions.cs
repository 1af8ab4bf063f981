using Keelson.Network.Ipam;
using Keelson.Network.Sandboxes;
using Keelson.Plugins;

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

    /// <summary>Where networks without addresses of their own get them from. Without any of IPv6 there are those that follow from the host's identity: a /48 of RFC 4193, in pieces of /64.</summary>
    public IReadOnlyList<PoolSource> Pools { get; init; } = PoolDirectory.Standard;

    /// <summary>What the host is identified by; where it is missing, a file in <see cref="StateDirectory"/> is.</summary>
    public string MachineIdFile { get; init; } = "/etc/machine-id";

    /// <summary>Where plug-ins are looked for.</summary>
    public PluginDirectory Plugins { get; init; } = PluginDirectory.Standard;

    /// <summary>
    /// Whether the process stays: it serves names, holds published ports and passes on what packet filters cannot. One that does not makes a change and ends: it lays what others have taken away only where it needs
    /// it, has no networks but those that it is asked for, and its containers' namespaces are somebody else's. No two of them may work in one directory at the same time.
    /// </summary>
    public bool IsResident { get; init; } = true;

    /// <summary>Called between the steps of changes, so that tests can end the process at each of them.</summary>
    public Action<string>? Step { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
