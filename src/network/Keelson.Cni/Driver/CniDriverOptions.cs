using Keelson.Cni.Client;

namespace Keelson.Cni.Driver;

/// <summary>How networks of CNI plug-ins are laid.</summary>
public sealed record CniDriverOptions
{
    /// <summary>Where networks and plug-ins are.</summary>
    public CniDirectories Directories { get; init; } = CniDirectories.Standard;

    /// <summary>How long a plug-in may take for one container; 60 s by default: some ask servers.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
