namespace Keelson.Oci;

/// <summary>What only containers on Linux have.</summary>
/// <remarks>runtime-spec 1.3 config-linux.</remarks>
public sealed class LinuxSpec
{
    /// <summary>Namespaces to make or to join; no type twice. A type that is not listed is the runtime's own.</summary>
    public NamespaceSpec[] Namespaces { get; set; } = [];

    /// <summary>User ids of the container's user namespace.</summary>
    public IdMapping[] UidMappings { get; set; } = [];

    /// <summary>Group ids of the container's user namespace.</summary>
    public IdMapping[] GidMappings { get; set; } = [];

    /// <summary>Clock (<c>monotonic</c>, <c>boottime</c>) to its offset in the container's time namespace.</summary>
    public Dictionary<string, TimeOffset> TimeOffsets { get => field ??= []; set; }

    /// <summary>Device nodes besides the default ones.</summary>
    public DeviceSpec[] Devices { get; set; } = [];

    /// <summary>Network device of the host to what becomes of it in the container.</summary>
    public Dictionary<string, NetDeviceSpec> NetDevices { get => field ??= []; set; }

    /// <summary>Control group: absolute is below the cgroup mount, relative below a place of the runtime, <c>slice:prefix:name</c> for systemd.</summary>
    public string? CgroupsPath { get; set; }

    /// <summary>Propagation of the root mount: <c>shared</c>, <c>slave</c>, <c>private</c>, <c>unbindable</c>, or one of these with <c>r</c> before it.</summary>
    public string? RootfsPropagation { get; set; }

    /// <summary>Kernel parameter, in dotted form, to its value.</summary>
    public Dictionary<string, string> Sysctl { get => field ??= []; set; }

    /// <summary>System call filter.</summary>
    public SeccompProfile? Seccomp { get; set; }

    /// <summary>Paths inside that are made unreadable; absolute.</summary>
    public string[] MaskedPaths { get; set; } = [];

    /// <summary>Paths inside that are made read-only; absolute.</summary>
    public string[] ReadonlyPaths { get; set; } = [];

    /// <summary>SELinux label of the mounts.</summary>
    public string? MountLabel { get; set; }

    /// <summary>Cache and memory bandwidth allocation.</summary>
    public IntelRdtSpec? IntelRdt { get; set; }

    /// <summary>Execution personality.</summary>
    public PersonalitySpec? Personality { get; set; }

    /// <summary>Limits of the control group.</summary>
    public LinuxResources? Resources { get; set; }

    /// <summary>NUMA memory policy.</summary>
    public MemoryPolicySpec? MemoryPolicy { get; set; }
}
