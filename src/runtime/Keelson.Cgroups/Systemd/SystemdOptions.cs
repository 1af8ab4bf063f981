namespace Keelson.Cgroups;

/// <summary>How systemd is asked for a container's group.</summary>
public sealed class SystemdOptions
{
    /// <summary>The first process of a scope, which may not be without one: the container's, waiting, or one that holds its place. Not used for a slice.</summary>
    public int Pid { get; init; }

    /// <summary>Whether the manager of the calling user is asked, over the session bus, instead of the system's.</summary>
    public bool IsUser { get; init; }

    /// <summary>Shown by <c>systemctl status</c>.</summary>
    public string Description { get; init; } = "";

    /// <summary>Annotations of the configuration; those named <c>org.systemd.property.NAME</c> are properties of the unit, as GVariant text.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Socket of the bus instead of the usual places; <see langword="null"/> for those.</summary>
    public string? BusPath { get; init; }
}
