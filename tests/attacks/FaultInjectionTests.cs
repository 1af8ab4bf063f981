using System.Text.RegularExpressions;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>Each system call of a creation fails in turn, in the runtime and in the container's process before its program.</summary>
public sealed partial class FaultInjectionTests : IDisposable
{
    private const string EIO = "5", ENOMEM = "12";

    private readonly RuntimeUnderTest runtime = new();
    private readonly HashSet<string> known = [];

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData('r', EIO, 60)]
    [InlineData('c', EIO, 60)]
    [InlineData('r', EIO, int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData('c', EIO, int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData('r', ENOMEM, int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData('c', ENOMEM, int.MaxValue, Traits = ["suite", "soak"])]
    public void A_create_whose_nth_system_call_fails_leaves_nothing(char who, string errno, int most)
    {
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot()
            .Mount("/new/directory", "tmpfs", "tmpfs").Mount("/new/file", "bind", "/etc/hostname", "bind")
            .Set("process.oomScoreAdj", 100).Set("process.user.uid", 1000).SetJson("linux.sysctl", """{"net.ipv4.ip_forward": "1"}""")
            .Set("linux.resources.memory.limit", 64 << 20).Set("linux.resources.pids.limit", 100)
            .Namespace("cgroup").Hook("createRuntime", "true").Hook("createContainer", "true");
        int total = Create(bundle, Fault.None, out _).Calls(who);
        List<string> wrong = [];
        foreach (int ordinal in Fault.Ordinals(total, most))
        {
            Fault fault = new(who, ordinal, errno);
            FaultLog log = Create(bundle, fault, out CommandResult result);
            wrong.AddRange(Judge(fault, log, result));
        }
        Assert.True(wrong.Count == 0, $"of {total} calls: {string.Join('\n', wrong)}");
    }

    private IEnumerable<string> Judge(Fault fault, FaultLog log, CommandResult result)
    {
        if (log.Hit is null) yield break;
        string where = $"{fault.Who} {fault.Ordinal} {log.Hit} {log.Path}";
        if (result.ExitCode is not (0 or 1)) yield return $"{where}: {result}";
        if (result.ExitCode == 0 && !MayFail(log)) yield return $"{where}: taken for success";
        if (result.ExitCode == 1 && !OperationAndCause.IsMatch(result.Stderr)) yield return $"{where}: the message does not say what failed: {result.Stderr}";
        foreach (string leak in runtime.FindLeaks())
            if (known.Add(leak))
                yield return $"{where}: left {leak}, said {result.Stderr}";
    }

    /// <summary>Operation, object, cause: <c>create container x: mkdir /a: EIO (input/output error)</c>.</summary>
    [GeneratedRegex(@"^\w.*: E[A-Z0-9]+ \([a-z]")]
    private static partial Regex OperationAndCause { get; }

    /// <summary>Calls that only tidy up, belong to .NET, cannot fail, or are tried: the container is as configured without them.</summary>
    private static bool MayFail(FaultLog log) => log.Hit switch
    {
        // Released or unchanged all the same.
        Syscall.close or Syscall.munmap or Syscall.madvise or Syscall.mprotect or Syscall.rt_sigprocmask or Syscall.geteuid => true,
        // A kernel without keys, or a quota that is used up: the caller's session keyring is kept.
        Syscall.keyctl => true,
        // The image's own /dev/ptmx, which is mostly not there.
        Syscall.unlinkat => log.Path == "ptmx",
        // Memory of .NET, seed of its hash codes; its clock, where the kernel's own page does not tell the time.
        Syscall.mmap or Syscall.clock_gettime => true,
        // HOME is then /, and what a hook printed is lost.
        Syscall.openat => log.Path is "/dev/urandom" || log.Path.EndsWith("/rootfs", StringComparison.Ordinal) || log.Path.StartsWith("/proc/self/fd/", StringComparison.Ordinal)
            // The process ID in the state that a hook gets is then the host's.
            || log.Path.EndsWith("/status", StringComparison.Ordinal),
        // Standard streams are then not those of the container's null device.
        Syscall.openat2 => log.Path is "self" or "etc/passwd" or "dev/null",
        // The hierarchies are then read from mountinfo.
        Syscall.statfs => log.Path.StartsWith("/sys/fs/cgroup", StringComparison.Ordinal),
        // The wait for start, after the creation.
        Syscall.read => true,
        // A program that cannot be looked at is taken for missing; standard streams that cannot be looked at are not given away.
        Syscall.newfstatat or Syscall.faccessat2 => log.Path == "/proc/kcore" || log.Path.EndsWith("/true", StringComparison.Ordinal) || log.Path.Length == 0,
        _ => false,
    };

    private FaultLog Create(BundleBuilder bundle, Fault fault, out CommandResult result)
    {
        string file = runtime.WorkDirectory + "/faults";
        TestContainer container = runtime.Container(bundle);
        result = container.TryCreate(new CommandOptions { Prefix = fault.Launcher(file, "config.json") });
        if (result.ExitCode == 0) container.Delete("--force");
        return new FaultLog(file);
    }
}
