using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>What a test needs of the machine. A need that the machine has never skips a test.</summary>
public enum Need
{
    /// <summary>User 0 with CAP_SYS_ADMIN.</summary>
    Root,
    /// <summary>cgroup v1 controllers that can be written.</summary>
    CgroupV1,
    /// <summary>A cgroup v2 tree with the memory and pids controllers.</summary>
    CgroupV2,
    /// <summary>The controllers of either cgroup v1 or v2.</summary>
    Cgroups,
    /// <summary>systemd as the first process.</summary>
    Systemd,
    /// <summary>AppArmor in force.</summary>
    AppArmor,
    /// <summary>SELinux in force.</summary>
    Selinux,
    /// <summary>A kernel that maps the owners of tmpfs, as Linux does since 6.3.</summary>
    MappedTmpfs,
    /// <summary>A kernel that spreads memory by weights, as Linux does since 6.9.</summary>
    WeightedMemory,
    /// <summary>No AppArmor in the kernel.</summary>
    NoAppArmor,
    /// <summary>No SELinux in force.</summary>
    NoSelinux,
    /// <summary>No Intel RDT.</summary>
    NoIntelRdt,
    /// <summary>No systemd as the first process.</summary>
    NoSystemd,
    /// <summary>/dev/kvm.</summary>
    Kvm,
    /// <summary>The published programs: <see cref="Repository.PublishedRuntime"/>, <see cref="Repository.PublishedShim"/>.</summary>
    PublishedPrograms,
    /// <summary>The published <c>keelsond</c>: <see cref="Repository.PublishedDaemon"/>.</summary>
    PublishedDaemon,
    /// <summary>A kernel that runs as a process: <see cref="UserModeLinux"/>. It is downloaded where there is apt.</summary>
    UserModeLinux,
}

/// <summary>Looks the needs up, once.</summary>
public static class Needs
{
    /// <summary>Why <paramref name="need"/> is not met; <see langword="null"/> when it is.</summary>
    public static string? Missing(Need need) => need switch
    {
        Need.Root => Environment.UserName == "root" ? null : "needs root",
        Need.CgroupV1 => File.Exists("/sys/fs/cgroup/memory/memory.limit_in_bytes") ? null : "needs cgroup v1",
        Need.CgroupV2 => HasV2() ? null : "needs cgroup v2 with controllers",
        Need.Cgroups => Missing(Need.CgroupV1) is null || HasV2() ? null : "needs cgroups",
        Need.Systemd => Path.Exists("/run/systemd/system") ? null : "needs systemd",
        Need.AppArmor => File.Exists("/sys/kernel/security/apparmor/profiles") ? null : "needs AppArmor",
        Need.Selinux => Path.Exists("/sys/fs/selinux/enforce") ? null : "needs SELinux",
        Need.MappedTmpfs => HasKernel(6, 3) ? null : "needs Linux 6.3",
        Need.WeightedMemory => HasKernel(6, 9) ? null : "needs Linux 6.9",
        Need.NoAppArmor => Path.Exists("/sys/module/apparmor") ? "needs no AppArmor" : null,
        Need.NoSelinux => Path.Exists("/sys/fs/selinux/enforce") ? "needs no SELinux" : null,
        Need.NoIntelRdt => Path.Exists("/sys/fs/resctrl/schemata") ? "needs no Intel RDT" : null,
        Need.NoSystemd => Path.Exists("/run/systemd/system") ? "needs no systemd" : null,
        Need.Kvm => File.Exists("/dev/kvm") ? null : "needs kvm",
        Need.PublishedPrograms => File.Exists(Repository.PublishedRuntime) && File.Exists(Repository.PublishedShim) ? null : "needs the published programs",
        Need.PublishedDaemon => File.Exists(Repository.PublishedDaemon) ? null : "needs the published keelsond",
        // In a guest there is no need of another one.
        Need.UserModeLinux => Environment.GetEnvironmentVariable("KEELSON_GUEST") is null && (File.Exists("/usr/bin/apt-get") || File.Exists(Environment.GetEnvironmentVariable("UML_KERNEL"))) ? null : "needs user-mode Linux",
        _ => throw new ArgumentOutOfRangeException(nameof(need)),
    };

    private static bool HasKernel(int major, int minor) => Environment.OSVersion.Version >= new Version(major, minor);

    private static bool HasV2() => Files.TryReadAll("/sys/fs/cgroup/cgroup.controllers", out ReadOnlyMemory<byte> text) == Linux.Errno.None
        && text.Span.IndexOf("memory"u8) >= 0;
}
