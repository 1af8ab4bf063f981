using System.Globalization;

namespace Keelson.Api.Tests;

/// <summary>Addresses and ports of the loopback network, 127.0.0.0/8, that no other process listens at: the address is made of the process ID.</summary>
internal static class Loopback
{
    private static int port = 10_000;

    /// <summary>Another address with a port.</summary>
    public static string Next()
    {
        // Process IDs have 22 bits at most: proc(5) "pid_max".
        int pid = Environment.ProcessId;
        return string.Create(CultureInfo.InvariantCulture, $"127.{(pid >> 16) + 1}.{(pid >> 8) & 0xff}.{pid & 0xff}:{Interlocked.Increment(ref port)}");
    }
}
