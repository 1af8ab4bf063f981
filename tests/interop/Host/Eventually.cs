using System.Diagnostics;

namespace Keelson.Interop.Tests;

/// <summary>Waits for a condition that another process brings about.</summary>
public static class Eventually
{
    /// <summary>How long a condition may take: generous, because two builds may share the machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks again and again until <paramref name="condition"/> holds; fails the test, saying <paramref name="what"/>, when it never does.</summary>
    public static async Task HoldsAsync(string what, Func<Task<bool>> condition, TimeSpan? limit = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (limit ?? Limit)) Assert.Fail($"not seen within {(limit ?? Limit).TotalSeconds} s: {what}");
            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc cref="HoldsAsync(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task HoldsAsync(string what, Func<bool> condition, TimeSpan? limit = null) => HoldsAsync(what, () => Task.FromResult(condition()), limit);

    /// <summary>Runs a command again and again until it prints <paramref name="expected"/>; fails the test with the last output when it never does.</summary>
    public static async Task PrintsAsync(string expected, Func<Task<CommandResult>> command, TimeSpan? limit = null)
    {
        CommandResult last;
        long start = Stopwatch.GetTimestamp();
        while ((last = await command()).Text != expected)
        {
            if (Stopwatch.GetElapsedTime(start) > (limit ?? Limit)) Assert.Fail($"not seen within {(limit ?? Limit).TotalSeconds} s: {expected}\n{last}");
            await Task.Delay(Pause);
        }
    }
}
