using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>What may be mounted over the container's procfs.</summary>
/// <remarks>
/// The runtime itself, and whoever looks at the container later, trusts that <c>/proc</c> is one (CVE-2019-16884, CVE-2019-19921). Only files that
/// containers commonly replace, such as those that lxcfs makes, may be covered; the list is runC's.
/// A path says only where a mount is to be; a link of the image or of a volume may lead it into <c>/proc</c> all the same, so what was found is
/// compared as well.
/// </remarks>
internal sealed class MountRules(SyscallPlan plan)
{
    private const int AtEmptyPath = (int)OpenTreeFlags.AT_EMPTY_PATH;
    private readonly nint empty = plan.Text("");
    private nint procDevice;

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

    /// <summary>Adds the step that remembers which file system is the container's procfs.</summary>
    public void RememberProc(Slot proc, bool mayBeMissing)
    {
        procDevice = plan.Allocate(144);
        StepBuilder step = plan.Call("stat", "/proc", Syscall.newfstatat, proc, empty, procDevice, AtEmptyPath);
        if (mayBeMissing) step.AcceptAll();
    }

    /// <summary>Adds the steps that refuse a mount point on the container's procfs where its path does not say that it is: a link led there.</summary>
    public void RefuseProc(Slot target, string destination)
    {
        string relative = RootfsPaths.Relative(destination);
        if (procDevice == 0 || relative == "proc" || relative.StartsWith("proc/", StringComparison.Ordinal)) return;
        nint status = plan.Allocate(144);
        plan.Call("stat", destination, Syscall.newfstatat, target, empty, status, AtEmptyPath);
        // st_dev comes first; each procfs has its own.
        int isProc = plan.JumpIfSame(status, procDevice), isElsewhere = plan.JumpAlways();
        plan.Land(isProc);
        plan.Fail("mount over procfs on", destination, (int)Errno.EPERM);
        plan.Land(isElsewhere);
    }
}
