using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>The freezer of cgroup v2. Kernel documentation admin-guide/cgroup-v2 "cgroup.freeze".</summary>
internal static class V2Freezer
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    public static void Freeze(CgroupDirectory directory)
    {
        directory.Write("cgroup.freeze", "1");
        if (UnifiedEvents.Wait(directory, "frozen 1"u8, Bound) == Errno.None) return;
        directory.Write("cgroup.freeze", "0");
        throw new KeelsonException(ErrorKind.Unavailable, $"freeze {directory.Path}: its processes did not stop within {Bound.TotalSeconds} s");
    }

    public static void Thaw(CgroupDirectory directory)
    {
        directory.Write("cgroup.freeze", "0");
        if (UnifiedEvents.Wait(directory, "frozen 0"u8, Bound) != Errno.None)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"thaw {directory.Path}: a cgroup above it is frozen");
    }

    public static bool IsFrozen(CgroupDirectory directory) => directory.ReadOptionalNumber("cgroup.freeze") == 1;
}

/// <summary>Waits for lines of <c>cgroup.events</c>. Kernel documentation admin-guide/cgroup-v2 "cgroup.events".</summary>
internal static class UnifiedEvents
{
    /// <summary>Waits until a line is there.</summary>
    /// <param name="directory">A group of the v2 tree.</param>
    /// <param name="line">Key and value: <c>populated 0</c>.</param>
    /// <param name="bound">How long at most.</param>
    /// <returns>ETIMEDOUT; ENOENT or ENODEV: the group is gone.</returns>
    public static Errno Wait(CgroupDirectory directory, ReadOnlySpan<byte> line, TimeSpan bound)
    {
        Errno errno = Files.TryOpen(directory.File("cgroup.events"), OpenFlags.O_RDONLY, out FdHandle? handle);
        if (errno != Errno.None) return errno;
        using (handle)
        {
            Span<byte> text = stackalloc byte[256];
            Span<PollEntry> poll = stackalloc PollEntry[1];
            long start = Stopwatch.GetTimestamp();
            while (true)
            {
                errno = Files.TryReadAt(handle!.Fd, 0, text, out int count);
                if (errno != Errno.None) return errno;
                if (text[..count].IndexOf(line) >= 0) return Errno.None;
                long left = (long)(bound - Stopwatch.GetElapsedTime(start)).TotalMilliseconds;
                if (left <= 0) return Errno.ETIMEDOUT;
                // A change since the last read makes the file "exceptional".
                poll[0] = new PollEntry { Fd = handle.Fd, Events = PollEvents.POLLPRI };
                errno = Files.TryPoll(poll, (int)Math.Min(left, int.MaxValue), out _);
                if (errno is not (Errno.None or Errno.EINTR)) return errno;
            }
        }
    }
}
