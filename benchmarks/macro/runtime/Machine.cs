using System.Globalization;

namespace Keelson.Bench.Runtime;

/// <summary>What figures depend on.</summary>
internal static class Machine
{
    /// <summary>Load averages of 1, 5 and 15 minutes.</summary>
    public static string Load => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    public static IReadOnlyList<(string Key, string Value)> Describe(IEnumerable<Contender> contenders) =>
    [
        ("time", TimeProvider.System.GetUtcNow().ToString("u", CultureInfo.InvariantCulture)),
        ("kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
        ("processor", string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} x {Processor}")),
        ("cgroups", Sandbox.IsUnified ? "v2" : "v1"),
        ("load", Load),
        .. contenders.Select(contender => (contender.Name, contender.Program)),
    ];

    private static string Processor =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[^1] ?? "unknown";
}
