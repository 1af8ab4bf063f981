using System.Buffers.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Containers;

/// <summary>The number of a process in its own PID namespace.</summary>
internal static class NamespacePid
{
    /// <summary>The last number of the line <c>NSpid</c>. proc_pid_status(5).</summary>
    /// <param name="pid">The process, as this process counts.</param>
    /// <returns><paramref name="pid"/> itself when the process has ended.</returns>
    public static int Of(int pid)
    {
        if (Files.TryReadAll("/proc/" + pid + "/status", out ReadOnlyMemory<byte> text) != Errno.None) return pid;
        ReadOnlySpan<byte> line = text.Span;
        int at = line.IndexOf("\nNSpid:"u8);
        if (at < 0) return pid;
        line = line[(at + 1)..];
        int end = line.IndexOf((byte)'\n');
        if (end >= 0) line = line[..end];
        int tab = line.LastIndexOf((byte)'\t');
        return Utf8Parser.TryParse(line[(tab + 1)..], out int inner, out _) ? inner : pid;
    }
}
