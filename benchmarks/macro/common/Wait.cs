using System.Diagnostics;

namespace Keelson.Bench;

/// <summary>Waiting without a timer thread: poll(2) on nothing.</summary>
internal static unsafe class Wait
{
    /// <summary>Waits for a time.</summary>
    public static void Milliseconds(int milliseconds)
    {
        PollEntry nothing = new() { Fd = -1 };
        _ = Native.poll(&nothing, 1, milliseconds);
    }

    /// <summary>Waits until something holds.</summary>
    /// <returns>How long that took, in milliseconds.</returns>
    /// <exception cref="InvalidOperationException">It did not hold in time.</exception>
    public static double Until(string what, Func<bool> holds, int limitMilliseconds = 60_000, int pauseMilliseconds = 1)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > limitMilliseconds) throw new InvalidOperationException($"{what}: not within {limitMilliseconds} ms");
            Milliseconds(pauseMilliseconds);
        }
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
