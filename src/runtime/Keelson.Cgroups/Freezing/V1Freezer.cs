using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>The v1 <c>freezer</c> controller. Kernel documentation admin-guide/cgroup-v1/freezer-subsystem.</summary>
internal static class V1Freezer
{
    /// <summary>How long processes may take to stop. One that waits for a disk or a network file system takes as long as that.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <summary>A group that is still on its way after so many looks is thawed and frozen anew: a task may hold another in a way that only ends when both run.</summary>
    private const int LooksPerAttempt = 50;

    public static void Freeze(CgroupDirectory directory)
    {
        long start = Stopwatch.GetTimestamp();
        for (int look = 0; ; look++)
        {
            // Writing again also freezes tasks that were forked while the others were stopped.
            directory.Write("freezer.state", "FROZEN");
            if (Stopwatch.GetElapsedTime(start) > Bound) break;
            if (IsIn(directory, "FROZEN"u8)) return;
            if (look % LooksPerAttempt == LooksPerAttempt - 1)
            {
                directory.Write("freezer.state", "THAWED");
                Clock.Pause(100);
            }
            // The controller reports nothing; the state is brought up to date by reading it.
            else Clock.Pause(Math.Min(10 << Math.Min(look, 10), 2000));
        }
        directory.Write("freezer.state", "THAWED");
        throw new KeelsonException(ErrorKind.Unavailable, $"freeze {directory.Path}: its processes did not stop within {Bound.TotalSeconds} s");
    }

    public static void Thaw(CgroupDirectory directory) => directory.Write("freezer.state", "THAWED");

    /// <summary>Whether the group is frozen or on its way there; one that is gone is not.</summary>
    public static bool IsFrozen(CgroupDirectory directory)
    {
        Errno errno = directory.TryReadShort("freezer.state", stackalloc byte[16], out ReadOnlySpan<byte> state);
        if (errno is Errno.ENOENT or Errno.ENODEV) return false;
        errno.ThrowIfError("read freezer.state of", directory.Path);
        return !state.SequenceEqual("THAWED"u8);
    }

    private static bool IsIn(CgroupDirectory directory, ReadOnlySpan<byte> state) => directory.ReadShort("freezer.state", stackalloc byte[16]).SequenceEqual(state);
}
