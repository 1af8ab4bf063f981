using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>What the specification of a container depends on besides its settings: the kernel and the daemon.</summary>
internal sealed record MachineFacts
{
    /// <summary>The host's name.</summary>
    public required string Hostname { get; init; }

    /// <summary>Whether cgroup v2 alone is there; cgroup namespaces are private by default then.</summary>
    public bool IsCgroupV2 { get; init; }

    /// <summary>Whether AppArmor is there.</summary>
    public bool HasAppArmor { get; init; }

    /// <summary>The profile of AppArmor of containers that name none; <see langword="null"/> when there is none.</summary>
    public string? AppArmorProfile { get; init; }

    /// <summary>The kernel's version.</summary>
    public Version Kernel { get; init; } = new(5, 10);

    /// <summary>Capabilities that the daemon can give, in the order of their numbers.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = CapabilityNames.All();

    /// <summary>A small init on the host; <see langword="null"/> when there is none.</summary>
    public string? InitPath { get; init; }

    /// <summary>Reads the facts of this machine.</summary>
    public static MachineFacts Read()
    {
        string release = Text("/proc/sys/kernel/osrelease");
        int end = Array.FindIndex(release.ToCharArray(), c => c is not ((>= '0' and <= '9') or '.'));
        return new()
        {
            Hostname = Text("/proc/sys/kernel/hostname"),
            IsCgroupV2 = CgroupLayout.IsV2Alone,
            HasAppArmor = Text("/sys/module/apparmor/parameters/enabled") == "Y",
            Kernel = Version.TryParse((end < 0 ? release : release[..end]).TrimEnd('.'), out Version? version) ? version : new(5, 10),
            Capabilities = [.. CapabilityNames.All().Where((_, number) => Processes.TryReadBoundingCapability(number, out bool isSet) == Errno.None && isSet)],
            InitPath = FindInit(),
        };
    }

    private static string? FindInit()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").Split(':');
        foreach (string name in (string[])["docker-init", "tini-static", "tini", "catatonit"])
            foreach (string folder in folders)
                if (folder.StartsWith('/') && File.Exists($"{folder}/{name}")) return $"{folder}/{name}";
        return null;
    }

    private static string Text(string path) => Files.TryReadAll(path, out ReadOnlyMemory<byte> contents, 4096) == Errno.None ? System.Text.Encoding.UTF8.GetString(contents.Span).Trim() : "";
}
