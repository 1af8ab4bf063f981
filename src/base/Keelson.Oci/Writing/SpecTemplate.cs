namespace Keelson.Oci;

/// <summary>The configuration that a new bundle starts from, as <c>spec</c> prints it: a shell on a terminal with few rights.</summary>
/// <remarks>The same as <c>runc spec</c> gives, with the paths that newer runC versions mask besides.</remarks>
public static class SpecTemplate
{
    /// <summary>The host name of a container that is made from the template.</summary>
    public const string Hostname = "keelson";

    /// <summary>A configuration for root.</summary>
    public static RuntimeSpec Create() => new()
    {
        OciVersion = SpecVersion.Current,
        Process = new()
        {
            Terminal = true,
            Args = ["sh"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            Capabilities = new() { Bounding = Capabilities(), Effective = Capabilities(), Permitted = Capabilities(), Ambient = Capabilities() },
            Rlimits = [new() { Type = RlimitKind.RLIMIT_NOFILE, Soft = 1024, Hard = 1024 }],
            NoNewPrivileges = true,
        },
        Root = new() { Path = "rootfs", Readonly = true },
        Hostname = Hostname,
        Mounts =
        [
            Mount("/proc", "proc", "proc"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
        ],
        Linux = new()
        {
            Resources = new() { Devices = [new() { Allow = false, Access = DeviceAccess.All }] },
            Namespaces = Namespaces(NamespaceKind.Pid, NamespaceKind.Network, NamespaceKind.Ipc, NamespaceKind.Uts, NamespaceKind.Mount),
            MaskedPaths =
            [
                "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/sys/devices/virtual/powercap", "/proc/scsi",
            ],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };

    /// <summary>A configuration for a user without privileges, who is root inside.</summary>
    /// <param name="uid">The user's id on the host.</param>
    /// <param name="gid">The user's group on the host.</param>
    public static RuntimeSpec CreateRootless(uint uid, uint gid)
    {
        RuntimeSpec spec = Create();
        foreach (MountSpec mount in spec.Mounts)
        {
            // Group 5 is not mapped.
            if (mount.Destination == "/dev/pts") mount.Options = Array.FindAll(mount.Options, static option => option != "gid=5");
            if (mount.Destination != "/sys") continue;
            // A new sysfs needs a network namespace that the user owns; the machine's is bound instead.
            (mount.Type, mount.Source, mount.Options) = ("none", "/sys", ["rbind", "nosuid", "noexec", "nodev", "ro"]);
        }
        LinuxSpec linux = spec.Linux!;
        linux.Namespaces = Namespaces(NamespaceKind.Pid, NamespaceKind.Ipc, NamespaceKind.Uts, NamespaceKind.Mount, NamespaceKind.User);
        linux.UidMappings = [new(0, uid, 1)];
        linux.GidMappings = [new(0, gid, 1)];
        linux.Resources = null;
        return spec;
    }

    private static string[] Capabilities() => ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    private static MountSpec Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };

    private static NamespaceSpec[] Namespaces(params ReadOnlySpan<NamespaceKind> kinds)
    {
        NamespaceSpec[] namespaces = new NamespaceSpec[kinds.Length];
        for (int i = 0; i < kinds.Length; i++) namespaces[i] = new() { Type = kinds[i] };
        return namespaces;
    }
}
