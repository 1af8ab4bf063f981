namespace Keelson.Runtime.Compile;

/// <summary>What may be mounted over the container's procfs.</summary>
/// <remarks>
/// The runtime itself, and whoever looks at the container later, trusts that <c>/proc</c> is one (CVE-2019-16884, CVE-2019-19921). Only files that
/// containers commonly replace, such as those that lxcfs makes, may be covered; the list is runC's.
/// </remarks>
internal static class MountRules
{
    private static ReadOnlySpan<string> Coverable => new string[]
    {
        "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev", "sys/kernel/ns_last_pid", "sys/crypto/fips_enabled",
    };

    /// <summary>Refuses a mount that would replace procfs or a part of it that is trusted.</summary>
    /// <param name="type">The file system; <see langword="null"/> with a bind mount.</param>
    /// <param name="destination">Absolute in the container.</param>
    /// <param name="isBind">Whether it is a bind mount.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the destination is not allowed.</exception>
    public static void Check(string? type, string destination, bool isBind)
    {
        string relative = RootfsPaths.Relative(destination);
        if (relative == "proc" && !isBind && type == "proc") return;
        if (relative == "proc")
        {
            // Rootless configurations bind the host's procfs when they share its PID namespace.
            if (isBind) return;
            throw new KeelsonException(ErrorKind.InvalidArgument, $"mount on {destination}: only procfs may be mounted there, not {type}");
        }
        if (!relative.StartsWith("proc/", StringComparison.Ordinal)) return;
        if (Coverable.IndexOf(relative[5..]) < 0)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"mount on {destination}: it is inside of /proc, where only a few files may be covered");
    }
}
