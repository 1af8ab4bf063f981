using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Gives groups of the v1 <c>cpuset</c> controller CPUs and memory nodes: they start without any, and nobody can join them so.</summary>
/// <remarks>Kernel documentation admin-guide/cgroup-v1/cpusets.</remarks>
internal static class V1Cpuset
{
    /// <summary>Copies from the nearest group above that has some, into those between that have none too. A value of the group's own needs that as well: it must be part of the value above.</summary>
    /// <param name="directory">The group.</param>
    /// <param name="cpus">Whether the group itself is given CPUs.</param>
    /// <param name="mems">Whether the group itself is given memory nodes.</param>
    /// <exception cref="LinuxException">A file could not be read or written. EACCES: a group above has nothing, and belongs to somebody else.</exception>
    public static void Inherit(CgroupDirectory directory, bool cpus, bool mems)
    {
        CgroupDirectory above = Above(directory);
        Copy("cpuset.cpus", above, cpus ? directory : null);
        Copy("cpuset.mems", above, mems ? directory : null);
    }

    private static void Copy(string file, CgroupDirectory from, CgroupDirectory? to)
    {
        Span<byte> buffer = stackalloc byte[8192];
        ReadOnlySpan<byte> value = from.ReadShort(file, buffer);
        if (value.IsEmpty)
        {
            // Somebody made that group and gave it nothing. The top of a hierarchy has all CPUs.
            Copy(file, Above(from), from);
            value = from.ReadShort(file, buffer);
        }
        if (to is null) return;
        Errno errno = Files.TryWriteFile(to.File(file), value);
        if (errno != Errno.None) to.ThrowIfError(errno, file, System.Text.Encoding.ASCII.GetString(value));
    }

    private static CgroupDirectory Above(CgroupDirectory directory) => new(directory.Controllers, directory.Path[..directory.Path.LastIndexOf('/')]);
}
