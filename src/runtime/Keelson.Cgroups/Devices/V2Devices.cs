using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Device rules of a group in the v2 tree: a program that is attached to it. Kernel documentation admin-guide/cgroup-v2 "Device controller".</summary>
internal static class V2Devices
{
    /// <summary>Most programs on one group. BPF_CGROUP_MAX_PROGS.</summary>
    private const int MaximumPrograms = 64;

    /// <summary>Attaches a program for the rules in place of those that the group has.</summary>
    /// <param name="directory">The group.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="isNew">Whether the group is new, so that none is attached to it.</param>
    /// <exception cref="LinuxException">EPERM: the caller may not load programs. EINVAL: a kernel without such programs.</exception>
    public static void Apply(CgroupDirectory directory, DeviceRuleList rules, bool isNew)
    {
        Errno errno = Bpf.TryLoad(Bpf.BPF_PROG_TYPE_CGROUP_DEVICE, DeviceProgram.Compile(rules), "keelson_devices", out FdHandle? program, out string log);
        if (errno != Errno.None)
            throw new LinuxException("load device program for", log.Length == 0 ? directory.Path : $"{directory.Path} (verifier: {log})", errno);
        using (program)
        using (FdHandle target = Files.Open(directory.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY))
        {
            Span<uint> ids = stackalloc uint[MaximumPrograms];
            int count = 0;
            if (!isNew) Bpf.TryQuery(target.Fd, Bpf.BPF_CGROUP_DEVICE, ids, out count).ThrowIfError("query device programs of", directory.Path);
            if (count == 1 && TryReplace(target.Fd, program!.Fd, ids[0])) return;

            // With several programs all must allow. The new one joins first, so at no moment more is allowed than by the old and the new rules.
            Bpf.TryAttach(target.Fd, program!.Fd, Bpf.BPF_CGROUP_DEVICE, Bpf.BPF_F_ALLOW_MULTI).ThrowIfError("attach device program to", directory.Path);
            foreach (uint id in ids[..count])
            {
                errno = Bpf.TryOpenById(id, out FdHandle? old);
                if (errno == Errno.ENOENT) continue;
                errno.ThrowIfError("open device program of", directory.Path);
                using (old) Bpf.TryDetach(target.Fd, old!.Fd, Bpf.BPF_CGROUP_DEVICE).ThrowIfError("detach device program from", directory.Path);
            }
        }
    }

    private static bool TryReplace(int target, int program, uint oldId)
    {
        if (Bpf.TryOpenById(oldId, out FdHandle? old) != Errno.None) return false;
        using (old) return Bpf.TryAttach(target, program, Bpf.BPF_CGROUP_DEVICE, Bpf.BPF_F_ALLOW_MULTI | Bpf.BPF_F_REPLACE, old!.Fd) == Errno.None;
    }
}
