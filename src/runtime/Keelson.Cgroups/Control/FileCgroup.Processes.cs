using System.Buffers.Text;
using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

internal sealed partial class FileCgroup
{
    /// <summary>How long <see cref="Remove"/> waits for processes that were killed to be gone.</summary>
    private static readonly TimeSpan RemoveBound = TimeSpan.FromSeconds(10);

    /// <summary>Rounds of <see cref="KillAll"/> without a freezer: each finds those that were forked during the one before.</summary>
    private const int KillRounds = 100;

    private bool HasFreezer => FindV1("freezer") is not null || unified is not null;

    public override void Freeze()
    {
        if (FindV1("freezer") is { } directory) V1Freezer.Freeze(directory);
        else V2Freezer.Freeze(unified ?? throw NoFreezer("freeze"));
    }

    public override void Thaw()
    {
        if (FindV1("freezer") is { } directory) V1Freezer.Thaw(directory);
        else V2Freezer.Thaw(unified ?? throw NoFreezer("thaw"));
    }

    public override bool IsFrozen => FindV1("freezer") is { } directory ? V1Freezer.IsFrozen(directory) : unified is not null && V2Freezer.IsFrozen(unified);

    public override int[] ProcessIds(bool recursive = true)
    {
        // Every process is in all hierarchies; one in a group of its own making below is still below.
        CgroupDirectory directory = Mode == CgroupMode.V2 ? unified! : FindV1("freezer") ?? FindV1("pids") ?? directories[0];
        List<int> pids = [];
        Collect(directory.Path, recursive, pids);
        return [.. pids];
    }

    public override void KillAll(int signal)
    {
        if (signal == Signals.SIGKILL && unified is not null && unified.TryWrite("cgroup.kill", "1") == Errno.None && Mode == CgroupMode.V2) return;
        bool wasFrozen = IsFrozen;
        bool frozen = wasFrozen;
        if (!frozen && HasFreezer && !directories[0].IsGone)
        {
            try
            {
                Freeze();
                frozen = true;
            }
            catch (KeelsonException)
            {
                // A process that cannot stop now must not keep the others alive; without the freezer several rounds do it.
            }
        }
        try
        {
            // What is frozen cannot fork: one round reaches all of them.
            for (int round = 0; round < (frozen ? 1 : KillRounds); round++)
            {
                int[] pids = ProcessIds();
                foreach (int pid in pids)
                    if (pid > 0)
                        _ = Processes.TryKill(pid, signal);
                if (pids.Length == 0 || signal != Signals.SIGKILL) break;
            }
        }
        finally
        {
            // A frozen process of a v1 group only takes a signal, SIGKILL too, when it is thawed.
            if (frozen && (!wasFrozen || signal == Signals.SIGKILL)) Thaw();
        }
    }

    public override bool TryRemove()
    {
        bool gone = true;
        foreach (CgroupDirectory directory in directories) gone &= Files.TryRemoveDirectory(directory.Path) is Errno.None or Errno.ENOENT;
        return gone;
    }

    public override void Remove()
    {
        List<string>? failures = null;
        long start = Stopwatch.GetTimestamp();
        foreach (CgroupDirectory directory in directories)
        {
            Errno errno = RemoveTree(directory, start);
            if (errno != Errno.None) (failures ??= []).Add($"rmdir {directory.Path}: {errno.Describe()}");
        }
        if (failures is not null) throw new KeelsonException(ErrorKind.FailedPrecondition, "remove cgroup: " + string.Join("; ", failures));
    }

    private static Errno RemoveTree(CgroupDirectory directory, long start)
    {
        for (int attempt = 0; ; attempt++)
        {
            Errno errno = Files.TryRemoveDirectory(directory.Path);
            if (errno is Errno.None or Errno.ENOENT) return Errno.None;
            if (errno != Errno.EBUSY) return errno;

            // EBUSY: there are groups below, or processes.
            _ = Linux.Sys.Directories.TryListDirectories(directory.Path, out List<string> names);
            foreach (string name in names)
            {
                errno = RemoveTree(new CgroupDirectory(directory.Controllers, directory.File(name)), start);
                if (errno != Errno.None) return errno;
            }
            if (names.Count > 0 && attempt == 0) continue;
            TimeSpan left = RemoveBound - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return Errno.EBUSY;
            if (directory.IsUnified && UnifiedEvents.Wait(directory, "populated 0"u8, left) != Errno.None) continue;
            Clock.Pause(Math.Min(50L << Math.Min(attempt, 10), 10_000));
        }
    }

    private static void Collect(string path, bool recursive, List<int> pids)
    {
        Errno errno = Files.TryReadAll(path + "/cgroup.procs", out ReadOnlyMemory<byte> text);
        // EOPNOTSUPP: a threaded group; its processes show in the group above.
        if (errno is Errno.ENOENT or Errno.ENODEV) return;
        if (errno != Errno.EOPNOTSUPP) errno.ThrowIfError("read", path + "/cgroup.procs");
        ReadOnlySpan<byte> left = text.Span;
        while (Utf8Parser.TryParse(left, out int pid, out int used))
        {
            pids.Add(pid);
            left = used < left.Length ? left[(used + 1)..] : default;
        }
        if (!recursive || Linux.Sys.Directories.TryListDirectories(path, out List<string> names) != Errno.None) return;
        foreach (string name in names) Collect(path + "/" + name, recursive, pids);
    }

    private KeelsonException NoFreezer(string what) =>
        new(ErrorKind.Unsupported, $"{what} {(directories.Count > 0 ? directories[0].Path : "")}: there is no freezer controller");
}
