using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Waiting where the kernel offers nothing to wait for. clock_nanosleep(2).</summary>
public static unsafe partial class Clock
{
    private const int CLOCK_MONOTONIC = 1;

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, long* request, long* remaining);

    /// <summary>Lets the calling thread rest between two looks at a condition that cannot be polled. A signal may end it early.</summary>
    /// <param name="microseconds">At least 0.</param>
    public static void Pause(long microseconds)
    {
        long* request = stackalloc long[2];
        request[0] = microseconds / 1_000_000;
        request[1] = microseconds % 1_000_000 * 1000;
        _ = clock_nanosleep(CLOCK_MONOTONIC, 0, request, null);
    }
}
