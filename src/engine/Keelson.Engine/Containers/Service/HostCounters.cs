using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>What the kernel counts of the machine, beside a container's own counts.</summary>
internal static class HostCounters
{
    /// <summary>Length of a tick of /proc/stat, in nanoseconds: USER_HZ is 100.</summary>
    private const ulong TickNanoseconds = 10_000_000;

    /// <summary>Processor time of the machine, idle time included, in nanoseconds. proc(5) /proc/stat.</summary>
    public static ulong CpuNanoseconds()
    {
        foreach (ReadOnlySpan<char> line in Text("/proc/stat").AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("cpu ")) continue;
            ulong sum = 0;
            int index = 0;
            // user, nice, system, idle, iowait, irq, softirq; what follows is in them.
            foreach (Range part in line[4..].Trim().Split(' '))
                if (index++ < 7 && ulong.TryParse(line[4..].Trim()[part], NumberStyles.None, CultureInfo.InvariantCulture, out ulong ticks)) sum += ticks;
            return sum * TickNanoseconds;
        }
        return 0;
    }

    /// <summary>Memory of the machine, in bytes. proc(5) /proc/meminfo.</summary>
    public static ulong MemoryBytes()
    {
        foreach (ReadOnlySpan<char> line in Text("/proc/meminfo").AsSpan().EnumerateLines())
            if (line.StartsWith("MemTotal:") && ulong.TryParse(line[9..].Trim().TrimEnd("kB").TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong kibibytes)) return kibibytes * 1024;
        return 0;
    }

    /// <summary>Network devices of a process's namespace without the loopback. proc(5) /proc/net/dev.</summary>
    public static Dictionary<string, NetworkCounters> Networks(int pid)
    {
        Dictionary<string, NetworkCounters> networks = new(StringComparer.Ordinal);
        foreach (string line in Text($"/proc/{pid}/net/dev").Split('\n').Skip(2))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line[..colon].Trim() is not { } name || name == "lo") continue;
            ulong[] values = [.. line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0)];
            if (values.Length >= 12) networks[name] = new(values[0], values[1], values[2], values[3], values[8], values[9], values[10], values[11]);
        }
        return networks;
    }

    private static string Text(string path) => Files.TryReadAll(path, out ReadOnlyMemory<byte> contents) == Errno.None ? Encoding.UTF8.GetString(contents.Span) : "";
}
