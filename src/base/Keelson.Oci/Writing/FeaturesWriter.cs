using System.Text.Json;

namespace Keelson.Oci;

/// <summary>Writes what a runtime implements, for <c>features</c>.</summary>
/// <remarks>runtime-spec 1.3 features, features-linux. What is <see langword="null"/> is left out; what is empty is written.</remarks>
public static class FeaturesWriter
{
    /// <summary>The document.</summary>
    /// <param name="features">What is implemented.</param>
    /// <param name="indented">With line breaks and tabs; otherwise in one line. There is no newline at the end.</param>
    public static byte[] ToUtf8(FeaturesDocument features, bool indented = true) => JsonText.Document(features, indented, static (json, value) =>
    {
        json.WriteStartObject();
        json.WriteString("ociVersionMin"u8, value.OciVersionMin);
        json.WriteString("ociVersionMax"u8, value.OciVersionMax);
        json.OptionalStrings("hooks"u8, value.Hooks);
        json.OptionalStrings("mountOptions"u8, value.MountOptions);
        json.Object("linux"u8, value.Linux, WriteProperties);
        json.OptionalStringMap("annotations"u8, value.Annotations);
        json.OptionalStrings("potentiallyUnsafeConfigAnnotations"u8, value.PotentiallyUnsafeConfigAnnotations);
        json.WriteEndObject();
    });

    private static void WriteProperties(Utf8JsonWriter json, LinuxFeatures linux)
    {
        json.OptionalStrings("namespaces"u8, linux.Namespaces);
        json.OptionalStrings("capabilities"u8, linux.Capabilities);
        json.Object("cgroup"u8, linux.Cgroup, static (json, cgroup) =>
        {
            json.Bool("v1"u8, cgroup.V1);
            json.Bool("v2"u8, cgroup.V2);
            json.Bool("systemd"u8, cgroup.Systemd);
            json.Bool("systemdUser"u8, cgroup.SystemdUser);
            json.Bool("rdma"u8, cgroup.Rdma);
        });
        json.Object("seccomp"u8, linux.Seccomp, static (json, seccomp) =>
        {
            json.Bool("enabled"u8, seccomp.Enabled);
            json.OptionalStrings("actions"u8, seccomp.Actions);
            json.OptionalStrings("operators"u8, seccomp.Operators);
            json.OptionalStrings("archs"u8, seccomp.Archs);
            json.OptionalStrings("knownFlags"u8, seccomp.KnownFlags);
            json.OptionalStrings("supportedFlags"u8, seccomp.SupportedFlags);
        });
        json.Object("apparmor"u8, linux.Apparmor, WriteProperties);
        json.Object("selinux"u8, linux.Selinux, WriteProperties);
        json.Object("intelRdt"u8, linux.IntelRdt, static (json, rdt) =>
        {
            json.Bool("enabled"u8, rdt.Enabled);
            json.Bool("schemata"u8, rdt.Schemata);
            json.Bool("monitoring"u8, rdt.Monitoring);
        });
        json.Object("memoryPolicy"u8, linux.MemoryPolicy, static (json, policy) =>
        {
            json.OptionalStrings("modes"u8, policy.Modes);
            json.OptionalStrings("flags"u8, policy.Flags);
        });
        json.Object("mountExtensions"u8, linux.MountExtensions, static (json, mounts) => json.Object("idmap"u8, mounts.Idmap, WriteProperties));
        json.Object("netDevices"u8, linux.NetDevices, WriteProperties);
    }

    private static void WriteProperties(Utf8JsonWriter json, FeatureSwitch feature) => json.Bool("enabled"u8, feature.Enabled);
}
