using Keelson.Oci;
using Keelson.Runtime.Compile;

namespace Keelson.Runtime;

/// <summary>What this library implements, whatever the machine offers. runtime-spec 1.3 features.</summary>
public static class RuntimeFeatures
{
    /// <summary>Oldest version of the specification whose configurations are accepted.</summary>
    private const string OldestVersion = "1.0.0";

    /// <summary>The document that <c>features</c> prints; lists are sorted as runC's are.</summary>
    /// <param name="version">Version of the program, for an annotation.</param>
    /// <param name="commit">Commit that it was built from, for an annotation.</param>
    public static FeaturesDocument Describe(string version, string commit) => new()
    {
        OciVersionMin = OldestVersion,
        OciVersionMax = SpecVersion.Current,
        Hooks = SpecNames.HookPoints(),
        MountOptions = MountOptions.Names(),
        Linux = new LinuxFeatures
        {
            Namespaces = Sorted(SpecNames.NamespaceKinds()),
            Capabilities = CapabilityNames.All(),
            Cgroup = new CgroupFeatures { V1 = true, V2 = true, Systemd = true, SystemdUser = true, Rdma = true },
            Seccomp = new SeccompFeatures
            {
                Enabled = true,
                Actions = Sorted(SpecNames.SeccompActions()),
                Operators = Sorted(SpecNames.SeccompOperators()),
                Archs = Sorted(SpecNames.SeccompArchitectures()),
                KnownFlags = Sorted(SpecNames.AllSeccompFlags()),
                SupportedFlags = Sorted(SpecNames.AllSeccompFlags()),
            },
            Apparmor = new FeatureSwitch { Enabled = true },
            Selinux = new FeatureSwitch { Enabled = true },
            IntelRdt = new IntelRdtFeatures { Enabled = true, Schemata = true, Monitoring = true },
            MemoryPolicy = new MemoryPolicyFeatures { Modes = Sorted(SpecNames.MemoryPolicyModes()), Flags = Sorted(SpecNames.AllMemoryPolicyFlags()) },
            MountExtensions = new MountExtensionFeatures { Idmap = new FeatureSwitch { Enabled = true } },
            NetDevices = new FeatureSwitch { Enabled = true },
        },
        Annotations = new Dictionary<string, string>
        {
            ["io.keelson.runtime.commit"] = commit,
            ["io.keelson.runtime.version"] = version,
            ["org.opencontainers.runc.checkpoint.enabled"] = "true",
        },
        PotentiallyUnsafeConfigAnnotations = ["org.systemd.property."],
    };

    private static string[] Sorted(string[] names)
    {
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }
}
