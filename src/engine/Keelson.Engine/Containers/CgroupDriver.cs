namespace Keelson.Engine.Containers;

/// <summary>Who makes the cgroups of containers.</summary>
public enum CgroupDriver
{
    /// <summary>The runtime itself, as directories.</summary>
    Cgroupfs,

    /// <summary>systemd, as a scope in a slice. systemd.scope(5).</summary>
    Systemd,
}
