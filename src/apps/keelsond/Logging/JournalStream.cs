using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Daemon.Logging;

/// <summary>Whether standard error is systemd's journal. systemd.exec(5) "$JOURNAL_STREAM".</summary>
internal static class JournalStream
{
    /// <summary>Compares what systemd says with the descriptor: a daemon whose standard error was led elsewhere has the variable still.</summary>
    /// <param name="variable">The variable: device and inode in decimal, with a colon between them.</param>
    /// <param name="fd">The descriptor.</param>
    public static bool Is(string? variable, int fd) =>
        variable is { Length: > 0 }
        && Files.TryStatus(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}"), out FileStatus status) == Errno.None
        && variable == string.Create(CultureInfo.InvariantCulture, $"{status.Device}:{status.Inode}");
}
