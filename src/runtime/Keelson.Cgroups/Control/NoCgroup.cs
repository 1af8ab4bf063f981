using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>No group at all: a rootless container without rights on any hierarchy stays in the caller's group.</summary>
internal sealed class NoCgroup : Cgroup
{
    public const string Driver = "none";

    public override IReadOnlyList<string> Save() => [Driver];

    public override CgroupMode Mode => CgroupMode.None;

    public override IReadOnlyList<(string Controllers, string Directory)> Directories => [];

    public override IReadOnlyList<FdHandle> OpenJoinFiles(bool withUnified = true, string below = "", ReadOnlySpan<string> controllers = default) => below.Length == 0 ? [] : throw Missing("join");

    public override FdHandle? OpenDirectory(string below = "") => below.Length == 0 ? null : throw Missing("open");

    public override void Attach(int pid, string below = "")
    {
        if (below.Length > 0) throw Missing("join");
    }

    public override void Update(LinuxResources resources, Action<string>? warn = null)
    {
        foreach (string controller in ResourceNeeds.Controllers)
            if (ResourceNeeds.FirstProperty(resources, controller) is { } property)
                throw Missing("set " + property);
    }

    public override void ApplyDevices(ReadOnlySpan<DeviceRule> rules)
    {
    }

    public override void Freeze() => throw Missing("freeze");

    public override void Thaw() => throw Missing("thaw");

    public override bool IsFrozen => false;

    public override CgroupStats ReadStats() => throw Missing("read statistics");

    public override OomEvents OpenOomEvents() => throw Missing("watch memory");

    public override long OomKillCount() => 0;

    public override int[] ProcessIds(bool recursive = true) => throw Missing("list processes");

    public override void KillAll(int signal) => throw Missing("signal " + Signals.Name(signal));

    public override bool TryRemove() => true;

    public override void Remove()
    {
    }

    private static KeelsonException Missing(string what) => new(ErrorKind.Unsupported, $"{what}: the container has no cgroup, the caller may not make one");
}
