using System.Text.Json.Nodes;

namespace Keelson.Bench.Runtime;

/// <summary>The configuration that docker 20.10 hands to its runtime for <c>docker run --memory 64m --cpus 0.5 --pids-limit 50</c>.</summary>
internal static class DockerConfiguration
{
    private static readonly string[] Capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <summary>Docker's own limits: 64 MiB of memory and as much swap, half a CPU, 50 processes.</summary>
    private const long MemoryBytes = 64 << 20;

    /// <param name="hostFiles">Folder with <c>hosts</c>, <c>hostname</c> and <c>resolv.conf</c>, which docker binds over those of the image.</param>
    /// <param name="seccomp">The <c>linux.seccomp</c> object; <see langword="null"/> for none.</param>
    public static JsonObject Build(string hostFiles, JsonObject? seccomp)
    {
        JsonObject linux = new()
        {
            ["sysctl"] = new JsonObject { ["net.ipv4.ip_unprivileged_port_start"] = "0", ["net.ipv4.ping_group_range"] = "0 2147483647" },
            ["resources"] = new JsonObject
            {
                ["devices"] = new JsonArray(
                    Device(false, null, null, null), Device(true, "c", 1, 5), Device(true, "c", 1, 3), Device(true, "c", 1, 9), Device(true, "c", 1, 8),
                    Device(true, "c", 5, 0), Device(true, "c", 5, 1), Device(false, "c", 10, 229)),
                ["memory"] = new JsonObject { ["limit"] = MemoryBytes, ["swap"] = 2 * MemoryBytes, ["disableOOMKiller"] = false },
                ["cpu"] = new JsonObject { ["quota"] = 50000, ["period"] = 100000 },
                ["pids"] = new JsonObject { ["limit"] = 50 },
            },
            ["namespaces"] = new JsonArray([.. Names("mount", "network", "uts", "pid", "ipc").Select(name => new JsonObject { ["type"] = name })]),
            ["maskedPaths"] = new JsonArray([.. Names("/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware")]),
            ["readonlyPaths"] = new JsonArray([.. Names("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")]),
        };
        if (seccomp is not null) linux["seccomp"] = seccomp;
        return new JsonObject
        {
            ["ociVersion"] = "1.0.2-dev",
            ["process"] = new JsonObject
            {
                ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
                ["args"] = new JsonArray("/bin/true"),
                ["env"] = new JsonArray("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=bench"),
                ["cwd"] = "/",
                ["capabilities"] = new JsonObject { ["bounding"] = Array(Capabilities), ["effective"] = Array(Capabilities), ["permitted"] = Array(Capabilities) },
                ["oomScoreAdj"] = 0,
            },
            ["root"] = new JsonObject { ["path"] = "rootfs" },
            ["hostname"] = "bench",
            ["mounts"] = new JsonArray(
                Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
                Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
                Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
                Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
                Mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev"),
                Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
                Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=67108864"),
                Mount("/etc/resolv.conf", "bind", hostFiles + "/resolv.conf", "rbind", "rprivate"),
                Mount("/etc/hostname", "bind", hostFiles + "/hostname", "rbind", "rprivate"),
                Mount("/etc/hosts", "bind", hostFiles + "/hosts", "rbind", "rprivate")),
            ["linux"] = linux,
        };
    }

    /// <summary>The capabilities of a container that asked for none.</summary>
    public static IReadOnlyCollection<string> DefaultCapabilities => Capabilities;

    private static IEnumerable<JsonNode?> Names(params string[] names) => names.Select(name => (JsonNode?)JsonValue.Create(name));

    private static JsonArray Array(string[] names) => new([.. Names(names)]);

    private static JsonObject Device(bool allow, string? type, int? major, int? minor)
    {
        JsonObject rule = new() { ["allow"] = allow, ["access"] = "rwm" };
        if (type is not null) (rule["type"], rule["major"], rule["minor"]) = (type, major, minor);
        return rule;
    }

    private static JsonObject Mount(string destination, string type, string source, params string[] options) =>
        new() { ["destination"] = destination, ["type"] = type, ["source"] = source, ["options"] = Array(options) };
}
