namespace Keelson.Oci;

/// <summary>What a runtime implements on Linux.</summary>
/// <remarks>runtime-spec 1.3 features-linux.</remarks>
public sealed class LinuxFeatures
{
    /// <summary>Namespace types.</summary>
    public string[]? Namespaces { get; set; }

    /// <summary>Capability names.</summary>
    public string[]? Capabilities { get; set; }

    /// <summary>Control groups.</summary>
    public CgroupFeatures? Cgroup { get; set; }

    /// <summary>System call filters.</summary>
    public SeccompFeatures? Seccomp { get; set; }

    /// <summary>AppArmor.</summary>
    public FeatureSwitch? Apparmor { get; set; }

    /// <summary>SELinux.</summary>
    public FeatureSwitch? Selinux { get; set; }

    /// <summary>Cache and memory bandwidth allocation.</summary>
    public IntelRdtFeatures? IntelRdt { get; set; }

    /// <summary>NUMA memory policies.</summary>
    public MemoryPolicyFeatures? MemoryPolicy { get; set; }

    /// <summary>Kinds of mounts.</summary>
    public MountExtensionFeatures? MountExtensions { get; set; }

    /// <summary>Moving of network devices.</summary>
    public FeatureSwitch? NetDevices { get; set; }
}
