using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Linux.Sys;

/// <summary>One instruction of an extended BPF program. Kernel documentation bpf/standardization/instruction-set.</summary>
/// <param name="Code">Class, operation and source.</param>
/// <param name="Registers">Destination in the low four bits, source in the high four.</param>
/// <param name="Offset">Jump distance in instructions after this one, or offset of a memory access in bytes.</param>
/// <param name="Immediate">Constant.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct BpfInstruction(byte Code, byte Registers, short Offset, int Immediate);

/// <summary>Extended BPF programs of control groups. bpf(2).</summary>
public static unsafe partial class Bpf
{
    private const int BPF_PROG_LOAD = 5, BPF_PROG_ATTACH = 8, BPF_PROG_DETACH = 9, BPF_PROG_GET_FD_BY_ID = 13, BPF_PROG_QUERY = 16;

    /// <summary>A program that decides about accesses to devices: <c>enum bpf_prog_type</c>.</summary>
    public const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;

    /// <summary>Where such a program is attached: <c>enum bpf_attach_type</c>.</summary>
    public const uint BPF_CGROUP_DEVICE = 6;

    /// <summary>Programs that are attached elsewhere in the tree, and to the same group, stay in force, too.</summary>
    public const uint BPF_F_ALLOW_MULTI = 2;

    /// <summary>Takes the place of one attached program in one step. Linux 5.6.</summary>
    public const uint BPF_F_REPLACE = 4;

    /// <summary>Room for what the verifier says about a program that it refuses.</summary>
    private const int LogBytes = 64 << 10;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long command, void* attributes, long size);

    /// <summary>Loads a program. BPF_PROG_LOAD.</summary>
    /// <param name="type">For example <see cref="BPF_PROG_TYPE_CGROUP_DEVICE"/>.</param>
    /// <param name="instructions">The program.</param>
    /// <param name="name">Shown by tools; letters, digits and <c>_</c>, at most 15.</param>
    /// <param name="program">The loaded program, owned by the caller.</param>
    /// <param name="log">What the verifier said, when it refused the program; else empty.</param>
    /// <returns>EPERM: CAP_SYS_ADMIN, or CAP_BPF, is missing, or before Linux 5.11 RLIMIT_MEMLOCK is too small. EINVAL or EACCES: see the log.</returns>
    public static Errno TryLoad(uint type, ReadOnlySpan<BpfInstruction> instructions, string name, out FdHandle? program, out string log)
    {
        program = null;
        log = "";
        fixed (BpfInstruction* code = instructions)
        fixed (byte* license = "Apache-2.0\0"u8)
        {
            LoadAttributes attributes = new() { Type = type, Count = (uint)instructions.Length, Code = (ulong)code, License = (ulong)license };
            Encoding.ASCII.GetBytes(name.AsSpan(0, Math.Min(name.Length, 15)), new Span<byte>(attributes.Name, 16));
            int tries = 0;
            Errno errno;
            long fd;
            // EAGAIN: the verifier was interrupted by a signal.
            do errno = Outcome.Of(fd = syscall((long)Syscall.bpf, BPF_PROG_LOAD, &attributes, sizeof(LoadAttributes)));
            while (errno == Errno.EAGAIN && ++tries < 5);
            if (errno == Errno.None)
            {
                program = new FdHandle((int)fd);
                return errno;
            }
            if (errno is not (Errno.EINVAL or Errno.EACCES)) return errno;

            // The log is not asked for at first: it costs time.
            byte[] buffer = new byte[LogBytes];
            fixed (byte* text = buffer)
            {
                attributes.LogLevel = 1;
                attributes.LogSize = LogBytes;
                attributes.Log = (ulong)text;
                fd = syscall((long)Syscall.bpf, BPF_PROG_LOAD, &attributes, sizeof(LoadAttributes));
                if (fd >= 0) Files.Close((int)fd);
                int end = Array.IndexOf(buffer, (byte)0);
                log = Encoding.UTF8.GetString(buffer, 0, end < 0 ? LogBytes : end).Trim();
            }
            return errno;
        }
    }

    /// <summary>Attaches a program to a group. BPF_PROG_ATTACH.</summary>
    /// <param name="target">Descriptor of the group's directory in the v2 tree, not O_PATH.</param>
    /// <param name="program">The program.</param>
    /// <param name="attachType">For example <see cref="BPF_CGROUP_DEVICE"/>.</param>
    /// <param name="flags"><see cref="BPF_F_ALLOW_MULTI"/> and <see cref="BPF_F_REPLACE"/>.</param>
    /// <param name="replaced">With BPF_F_REPLACE, the attached program whose place it takes; else 0.</param>
    public static Errno TryAttach(int target, int program, uint attachType, uint flags, int replaced = 0)
    {
        AttachAttributes attributes = new() { Target = (uint)target, Program = (uint)program, AttachType = attachType, Flags = flags, Replaced = (uint)replaced };
        return Outcome.Of(syscall((long)Syscall.bpf, BPF_PROG_ATTACH, &attributes, sizeof(AttachAttributes)));
    }

    /// <summary>Detaches a program from a group. BPF_PROG_DETACH.</summary>
    public static Errno TryDetach(int target, int program, uint attachType)
    {
        AttachAttributes attributes = new() { Target = (uint)target, Program = (uint)program, AttachType = attachType };
        return Outcome.Of(syscall((long)Syscall.bpf, BPF_PROG_DETACH, &attributes, sizeof(AttachAttributes)));
    }

    /// <summary>Numbers of the programs that are attached to a group itself. BPF_PROG_QUERY.</summary>
    /// <param name="target">Descriptor of the group's directory.</param>
    /// <param name="attachType">For example <see cref="BPF_CGROUP_DEVICE"/>.</param>
    /// <param name="ids">Takes the numbers.</param>
    /// <param name="count">How many there are; ENOSPC when they are more than <paramref name="ids"/> holds.</param>
    public static Errno TryQuery(int target, uint attachType, Span<uint> ids, out int count)
    {
        fixed (uint* p = ids)
        {
            QueryAttributes attributes = new() { Target = (uint)target, AttachType = attachType, Ids = (ulong)p, Count = (uint)ids.Length };
            Errno errno = Outcome.Of(syscall((long)Syscall.bpf, BPF_PROG_QUERY, &attributes, sizeof(QueryAttributes)));
            count = (int)attributes.Count;
            return errno;
        }
    }

    /// <summary>A descriptor of a loaded program. BPF_PROG_GET_FD_BY_ID.</summary>
    /// <returns>ENOENT: it was unloaded.</returns>
    public static Errno TryOpenById(uint id, out FdHandle? program)
    {
        IdAttributes attributes = new() { Id = id };
        long fd = syscall((long)Syscall.bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof(IdAttributes));
        Errno errno = Outcome.Of(fd);
        program = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    // Members of union bpf_attr, up to the last one that is used; the kernel takes the rest for zero.
    [StructLayout(LayoutKind.Sequential)]
    private struct LoadAttributes
    {
        public uint Type, Count;
        public ulong Code, License;
        public uint LogLevel, LogSize;
        public ulong Log;
        public uint KernelVersion, Flags;
        public fixed byte Name[16];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AttachAttributes
    {
        public uint Target, Program, AttachType, Flags, Replaced;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct QueryAttributes
    {
        public uint Target, AttachType, QueryFlags, AttachFlags;
        public ulong Ids;
        public uint Count, Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IdAttributes
    {
        public uint Id, NextId, OpenFlags;
    }
}
