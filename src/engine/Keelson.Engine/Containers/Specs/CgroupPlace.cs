using Keelson.Cgroups;

namespace Keelson.Engine.Containers;

/// <summary>Where cgroups of containers lie. docker's option <c>--cgroup-parent</c> is a path, or a slice where systemd makes them.</summary>
/// <param name="Driver">Who makes them.</param>
/// <param name="Parent">What they lie below when their settings name nothing; empty: <c>/keelson</c>, or <c>system.slice</c>.</param>
internal sealed record CgroupPlace(CgroupDriver Driver, string Parent)
{
    private const string Prefix = "keelson";

    /// <summary>The value of <c>linux.cgroupsPath</c>.</summary>
    /// <param name="parent">What its settings name; may be empty.</param>
    /// <param name="id">The container.</param>
    public string PathOf(string parent, string id)
    {
        string below = parent.Length > 0 ? parent : Parent;
        if (Driver == CgroupDriver.Systemd) return $"{(below.Length > 0 ? below : "system.slice")}:{Prefix}:{id}";
        return (below.Length > 0 ? below : "/" + Prefix).TrimEnd('/') + "/" + id;
    }

    /// <summary>Checks what settings name.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no slice, and has to be one.</exception>
    public void Check(string parent)
    {
        if (Driver != CgroupDriver.Systemd || parent.Length == 0) return;
        try
        {
            SystemdUnit.For(PathOf(parent, "id"), "id", isUser: false);
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"cgroup parent '{parent}': with the cgroup driver systemd it has to be a slice, such as \"name.slice\"", e);
        }
    }
}
