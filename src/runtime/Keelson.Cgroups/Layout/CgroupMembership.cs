using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>The control groups of a process. cgroups(7) "/proc files", <c>/proc/PID/cgroup</c>.</summary>
public static class CgroupMembership
{
    /// <summary>Reads the groups of a process.</summary>
    /// <param name="pid">Process ID in the caller's PID namespace; 0 is the caller.</param>
    /// <returns>
    /// Controllers (<c>cpu,cpuacct</c>, <c>name=systemd</c>, empty for v2) and the path from the root of the caller's cgroup namespace.
    /// </returns>
    /// <exception cref="LinuxException">ENOENT or ESRCH: there is no such process.</exception>
    public static List<(string Controllers, string Path)> Read(int pid = 0)
    {
        string file = pid == 0 ? "/proc/self/cgroup" : $"/proc/{pid}/cgroup";
        // The usual length is a few hundred bytes: one read, and no look at what follows, when the buffer is not filled.
        Span<byte> buffer = stackalloc byte[4096];
        using (FdHandle handle = Files.Open(file, OpenFlags.O_RDONLY))
        {
            Files.TryRead(handle.Fd, buffer, out int count).ThrowIfError("read", file);
            if (count < buffer.Length) return Parse(buffer[..count]);
        }
        return Parse(Files.ReadAll(file).Span);
    }

    /// <summary>Reads the text of a <c>/proc/PID/cgroup</c>. Lines without the documented form are passed over.</summary>
    public static List<(string Controllers, string Path)> Parse(ReadOnlySpan<byte> text)
    {
        List<(string, string)> groups = new(16);
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];

            // hierarchy-id:controllers:path; the path may hold colons.
            int first = line.IndexOf((byte)':');
            if (first < 0) continue;
            int second = line[(first + 1)..].IndexOf((byte)':');
            if (second < 0) continue;
            second += first + 1;
            ReadOnlySpan<byte> path = line[(second + 1)..];
            if (path.IsEmpty || path[0] != '/') continue;

            // The kernel marks the path of a removed group.
            if (path.EndsWith(" (deleted)"u8)) path = path[..^10];
            groups.Add((Encoding.UTF8.GetString(line[(first + 1)..second]), Encoding.UTF8.GetString(path)));
        }
        return groups;
    }
}
