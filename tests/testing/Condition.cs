using System.Diagnostics;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>Waits for what no descriptor tells: a file that grows, a process that changes its state.</summary>
public static class Condition
{
    /// <summary>How long a wait may take before the test fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Looks at a condition every two milliseconds until it holds.</summary>
    /// <param name="what">What is awaited, for the message.</param>
    /// <param name="holds">The condition.</param>
    /// <param name="limit">How long it may take; <see cref="Limit"/> by default.</param>
    /// <exception cref="KeelsonException">Unavailable: the time is over.</exception>
    public static void Await(string what, Func<bool> holds, TimeSpan? limit = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start) > (limit ?? Limit)) throw new KeelsonException(ErrorKind.Unavailable, $"wait for {what}: it did not come");
            _ = Files.TryPoll([], 2, out _);
        }
    }
}
