using System.Text.Json.Nodes;

namespace Keelson.Seccomp.Tests;

/// <summary>The profile that docker, containerd and podman share, as they hand it to a runtime: for amd64 and a set of capabilities.</summary>
internal static class ContainersProfile
{
    internal const string Path = "/usr/share/containers/seccomp.json";

    /// <summary>The capabilities of docker's containers.</summary>
    internal static readonly string[] DockerCapabilities =
    [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
        "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    /// <summary>The profile with docker's default action: EPERM.</summary>
    internal static SeccompProfile Docker() => Load(DockerCapabilities, defaultErrno: null);

    /// <summary>The profile with podman's default action: ENOSYS.</summary>
    internal static SeccompProfile Podman() => Load([], defaultErrno: 38);

    private static SeccompProfile Load(string[] capabilities, uint? defaultErrno)
    {
        JsonNode source = JsonNode.Parse(File.ReadAllText(Path))!;
        return new SeccompProfile
        {
            DefaultAction = Enum.Parse<SeccompAction>((string)source["defaultAction"]!),
            DefaultErrnoRet = defaultErrno,
            Architectures = [SeccompArchitecture.SCMP_ARCH_X86_64, SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_X32],
            Syscalls = [.. source["syscalls"]!.AsArray().Where(r => Applies(r!, capabilities)).Select(r => Rule(r!))],
        };
    }

    private static bool Applies(JsonNode rule, string[] capabilities) =>
        Words(rule["includes"]?["caps"]).All(capabilities.Contains)
        && !Words(rule["excludes"]?["caps"]).Any(capabilities.Contains)
        && (Words(rule["includes"]?["arches"]) is not [_, ..] arches || arches.Contains("amd64"))
        && !Words(rule["excludes"]?["arches"]).Contains("amd64");

    private static string[] Words(JsonNode? list) => list is JsonArray array ? [.. array.Select(w => (string)w!)] : [];

    private static SeccompRule Rule(JsonNode rule) => new()
    {
        Names = Words(rule["names"]),
        Action = Enum.Parse<SeccompAction>((string)rule["action"]!),
        ErrnoRet = (uint?)rule["errnoRet"],
        Args = rule["args"] is JsonArray arguments ? [.. arguments.Select(a => Argument(a!))] : [],
    };

    private static SeccompArgument Argument(JsonNode argument) => new()
    {
        Index = (uint)argument["index"]!,
        Op = Enum.Parse<SeccompOperator>((string)argument["op"]!),
        Value = (ulong)argument["value"]!,
        ValueTwo = (ulong?)argument["valueTwo"] ?? 0,
    };
}
