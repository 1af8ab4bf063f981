using Keelson.Linux.Sys;

namespace Keelson.RuntimeCli;

/// <summary>Closes descriptors that the caller left open, so that none of the host's files can be reached from a container.</summary>
/// <remarks>
/// A container whose working directory is <c>/proc/self/fd/7</c> must not find the host there (CVE-2024-21626). Kept are the standard streams,
/// those that <c>--preserve-fds</c> names and those of socket activation. sd_listen_fds(3).
/// </remarks>
internal static class InheritedDescriptors
{
    private const uint FirstAfterStandard = 3;

    /// <summary>Number of sockets that the caller's service manager handed over.</summary>
    public static int ListenFds =>
        int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), out int count) && count is > 0 and < 1024 ? count : 0;

    /// <summary>Closes the rest. To be called before this program opens anything for longer than a line of its log.</summary>
    /// <param name="arguments">The command line, without the command that an exec is to run: its options are not the runtime's.</param>
    /// <exception cref="KeelsonException">InvalidArgument: one that is to be kept is not open. A file of the runtime's own would take its number.</exception>
    public static void Close(ReadOnlySpan<string> arguments)
    {
        uint kept = FirstAfterStandard + (uint)ListenFds;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--preserve-fds" && i + 1 < arguments.Length && uint.TryParse(arguments[i + 1], out uint separate)) kept += Math.Min(separate, 1024);
            else if (arguments[i].StartsWith("--preserve-fds=", StringComparison.Ordinal) && uint.TryParse(arguments[i].AsSpan(15), out uint inline)) kept += Math.Min(inline, 1024);
        }
        int status = StatusFd(arguments);
        if (status < kept)
        {
            Processes.TryCloseRange(kept);
        }
        else
        {
            if (status > kept) Processes.TryCloseRange(kept, (uint)status - 1);
            Processes.TryCloseRange((uint)status + 1);
        }
        for (uint fd = FirstAfterStandard; fd < kept; fd++)
            if (!Files.IsOpen((int)fd))
                throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: descriptor {fd} is to be preserved, but it is not open");
    }

    /// <summary>The one descriptor of <c>checkpoint --status-fd</c>, which no container gets; -1 without it.</summary>
    private static int StatusFd(ReadOnlySpan<string> arguments)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--status-fd" && i + 1 < arguments.Length && ushort.TryParse(arguments[i + 1], out ushort separate)) return separate;
            if (arguments[i].StartsWith("--status-fd=", StringComparison.Ordinal) && ushort.TryParse(arguments[i].AsSpan(12), out ushort inline)) return inline;
        }
        return -1;
    }
}
