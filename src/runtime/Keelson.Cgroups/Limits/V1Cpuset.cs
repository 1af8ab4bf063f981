using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Gives new groups of the v1 <c>cpuset</c> controller CPUs and memory nodes: they start without any, and nobody can join them so.</summary>
/// <remarks>Kernel documentation admin-guide/cgroup-v1/cpusets.</remarks>
internal static class V1Cpuset
{
    /// <summary>Copies from the group above.</summary>
    /// <param name="directory">The new group.</param>
    /// <param name="cpus">Whether CPUs are copied.</param>
    /// <param name="mems">Whether memory nodes are copied.</param>
    /// <exception cref="LinuxException">A file could not be read or written.</exception>
    public static void Inherit(CgroupDirectory directory, bool cpus, bool mems)
    {
        if (!cpus && !mems) return;
        CgroupDirectory above = new(directory.Controllers, directory.Path[..directory.Path.LastIndexOf('/')]);
        if (cpus) Copy("cpuset.cpus", directory, above);
        if (mems) Copy("cpuset.mems", directory, above);
    }

    private static void Copy(string file, CgroupDirectory directory, CgroupDirectory above)
    {
        Span<byte> buffer = stackalloc byte[8192];
        ReadOnlySpan<byte> value = above.ReadShort(file, buffer);
        if (value.IsEmpty)
        {
            // Somebody made the group above and gave it nothing. The top of a hierarchy has all CPUs.
            Inherit(above, cpus: file == "cpuset.cpus", mems: file == "cpuset.mems");
            value = above.ReadShort(file, buffer);
        }
        Errno errno = Files.TryWriteFile(directory.File(file), value);
        if (errno != Errno.None) directory.ThrowIfError(errno, file, System.Text.Encoding.ASCII.GetString(value));
    }
}
