using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.Linux;

/// <summary>The parts of <c>/proc/PID/stat</c> that tell one process from another. proc(5).</summary>
/// <param name="State">One letter: <c>R</c>, <c>S</c>, <c>D</c>, <c>T</c>, <c>Z</c> for a zombie, …</param>
/// <param name="ParentId">Its parent, 0 when that lies outside of the reader's PID namespace.</param>
/// <param name="StartTicks">When it was started, in clock ticks since boot.</param>
public readonly record struct ProcessStatus(char State, int ParentId, ulong StartTicks)
{
    /// <summary>Whether the process has ended and only waits to be waited for.</summary>
    public bool IsDead => State is 'Z' or 'X' or 'x';

    /// <summary>Reads the status of a process.</summary>
    /// <returns>ENOENT or ESRCH: there is no such process.</returns>
    public static Errno TryRead(int pid, out ProcessStatus status)
    {
        status = default;
        Errno errno = Files.TryOpen("/proc/" + pid + "/stat", OpenFlags.O_RDONLY, out FdHandle? file);
        if (errno != Errno.None) return errno;
        using (file)
        {
            Span<byte> text = stackalloc byte[1024];
            errno = Files.TryRead(file!.Fd, text, out int count);
            if (errno != Errno.None) return errno;
            return TryParse(text[..count], out status) ? Errno.None : Errno.EINVAL;
        }
    }

    /// <summary>Parses the line. The name, in parentheses, may hold spaces and parentheses itself.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ProcessStatus status)
    {
        status = default;
        int end = line.LastIndexOf((byte)')');
        if (end < 0 || end + 2 >= line.Length) return false;
        ReadOnlySpan<byte> rest = line[(end + 2)..];
        char state = (char)rest[0];
        int parent = 0;
        // After the state, field 3, come the parent, field 4, and, at field 22, the start.
        for (int field = 3; ; field++)
        {
            int space = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> value = space < 0 ? rest : rest[..space];
            if (field == 4 && !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out parent)) return false;
            if (field == 22)
            {
                if (!ulong.TryParse(value.TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)) return false;
                status = new ProcessStatus(state, parent, start);
                return true;
            }
            if (space < 0) return false;
            rest = rest[(space + 1)..];
        }
    }
}
