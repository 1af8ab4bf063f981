using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Gives a group of the v2 tree to a user. Kernel documentation admin-guide/cgroup-v2 "Delegation".</summary>
internal static class Delegation
{
    /// <summary>Changes the owner of the directory and of those files that the kernel says a delegate owns.</summary>
    /// <param name="group">The group.</param>
    /// <param name="owner">User on the host that is root in the container. The files' groups stay.</param>
    /// <exception cref="LinuxException">The owner could not be changed.</exception>
    public static void Give(CgroupDirectory group, uint owner)
    {
        Files.TryChangeOwner(group.Path, owner, uint.MaxValue, followLink: false).ThrowIfError("chown", group.Path);
        string files = Files.TryReadAll("/sys/kernel/cgroup/delegate", out ReadOnlyMemory<byte> text) == Errno.None
            ? Encoding.ASCII.GetString(text.Span)
            : "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";
        foreach (Range range in files.AsSpan().Split('\n'))
        {
            string file = files[range];
            if (file.Length == 0 || file.Contains('/')) continue;
            Errno errno = Files.TryChangeOwner(group.File(file), owner, uint.MaxValue, followLink: false);
            // The list is that of the kernel, the controllers of this group may be fewer.
            if (errno != Errno.ENOENT) errno.ThrowIfError("chown", group.File(file));
        }
    }
}
