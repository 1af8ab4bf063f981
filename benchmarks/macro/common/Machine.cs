using System.Globalization;

namespace Keelson.Bench;

/// <summary>What figures depend on.</summary>
internal static class Machine
{
    /// <summary>Load averages of 1, 5 and 15 minutes.</summary>
    public static string Load => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    public static IReadOnlyList<(string Key, string Value)> Describe(IEnumerable<(string Name, string Program)> contenders) =>
    [
        ("time", TimeProvider.System.GetUtcNow().ToString("u", CultureInfo.InvariantCulture)),
        ("kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
        ("processor", string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} x {Processor}")),
        ("cgroups", IsUnified ? "v2" : "v1"),
        ("load", Load),
        .. contenders,
    ];

    /// <summary>Whether the machine has cgroup v2 controllers.</summary>
    public static bool IsUnified => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    private static string Processor =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[^1] ?? "unknown";
}
