using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>Makes the OCI configuration of a container: what docker 20.10 makes of the same settings. runtime-spec config. It does no I/O.</summary>
internal static partial class SpecBuilder
{
    private static readonly string[] MaskedPaths =
    [
        "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
    ];

    private static readonly string[] ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>Makes the configuration.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a setting makes no sense.</exception>
    public static RuntimeSpec Build(SpecInputs inputs)
    {
        HostSettings host = inputs.Container.Host;
        SecurityOptions security = SecurityOptions.Parse(host.SecurityOpt);
        string[] capabilities = CapabilityChoice.Choose(host, inputs.Machine.Capabilities);
        RuntimeSpec spec = new()
        {
            OciVersion = "1.0.2",
            Process = Process(inputs, security, capabilities),
            Root = new() { Path = "rootfs", Readonly = host.ReadonlyRootfs },
            Hostname = Hostname(inputs),
            Linux = new()
            {
                CgroupsPath = inputs.Cgroups.PathOf(host.CgroupParent, inputs.Container.Id),
                Namespaces = Namespaces(inputs),
                Resources = Resources(inputs),
                Devices = [.. inputs.Devices.Select(pair => pair.Device)],
                Seccomp = Seccomp(inputs, security, capabilities),
            },
        };
        Mounts(spec, inputs);
        Paths(spec.Linux, host, security);
        Sysctls(spec.Linux, inputs);
        if (UserMapping.Parse(host.UsernsMode) is { } mapping)
        {
            spec.Linux.UidMappings = [new(0, mapping.HostId, mapping.Size)];
            spec.Linux.GidMappings = [new(0, mapping.HostId, mapping.Size)];
        }
        return spec;
    }

    private static string? Hostname(SpecInputs inputs)
    {
        HostSettings host = inputs.Container.Host;
        if (host.UtsMode == "host") return null;
        string name = (inputs.NamesOf ?? inputs.Container).Settings.Hostname ?? "";
        if (name.Length > 0) return name;
        return host.NetworkMode == "host" ? inputs.Machine.Hostname : inputs.Container.ShortId;
    }

    private static NamespaceSpec[] Namespaces(SpecInputs inputs)
    {
        HostSettings host = inputs.Container.Host;
        List<NamespaceSpec> list = [new() { Type = NamespaceKind.Mount }];
        if (UserMapping.Parse(host.UsernsMode) is not null) list.Add(new() { Type = NamespaceKind.User });
        if (host.NetworkMode != "host") list.Add(inputs.NetworkPath is { } path ? new() { Type = NamespaceKind.Network, Path = path } : Join(NamespaceKind.Network, inputs.NetworkPid, "net"));
        if (host.UtsMode != "host") list.Add(new() { Type = NamespaceKind.Uts });
        if (host.PidMode != "host") list.Add(Join(NamespaceKind.Pid, inputs.ProcessPid, "pid"));
        if (host.IpcMode != "host") list.Add(Join(NamespaceKind.Ipc, inputs.IpcPid, "ipc"));
        if (host.CgroupnsMode.Length > 0 ? host.CgroupnsMode == "private" : inputs.Machine.IsCgroupV2 && !host.Privileged) list.Add(new() { Type = NamespaceKind.Cgroup });
        return [.. list];
    }

    private static NamespaceSpec Join(NamespaceKind kind, int pid, string name) => new() { Type = kind, Path = pid == 0 ? null : $"/proc/{pid}/ns/{name}" };

    private static void Paths(LinuxSpec linux, HostSettings host, SecurityOptions security)
    {
        bool isPlain = host.Privileged || security.HasPlainPaths;
        linux.MaskedPaths = host.MaskedPaths is not null ? [.. host.MaskedPaths] : isPlain ? [] : MaskedPaths;
        linux.ReadonlyPaths = host.ReadonlyPaths is not null ? [.. host.ReadonlyPaths] : isPlain ? [] : ReadonlyPaths;
    }

    private static void Sysctls(LinuxSpec linux, SpecInputs inputs)
    {
        HostSettings host = inputs.Container.Host;
        foreach ((string key, string value) in host.Sysctls ?? new Dictionary<string, string>()) linux.Sysctl[key] = value;
        string domain = inputs.Container.Settings.Domainname ?? "";
        if (domain.Length > 0 && host.UtsMode != "host") linux.Sysctl["kernel.domainname"] = domain;
        if (host.NetworkMode == "host" || host.NetworkMode.StartsWith("container:", StringComparison.Ordinal)) return;
        // Programs without rights may listen on every port and send echo requests: the namespace is theirs.
        linux.Sysctl.TryAdd("net.ipv4.ip_unprivileged_port_start", "0");
        if (UserMapping.Parse(host.UsernsMode) is null) linux.Sysctl.TryAdd("net.ipv4.ping_group_range", "0 2147483647");
    }

    private static SeccompProfile? Seccomp(SpecInputs inputs, SecurityOptions security, string[] capabilities) => security.Seccomp switch
    {
        "unconfined" => null,
        { } profile => DockerSeccomp.Parse(profile, capabilities, inputs.Machine.Kernel),
        null => inputs.Container.Host.Privileged ? null : DefaultSeccomp.Create(capabilities),
    };
}
