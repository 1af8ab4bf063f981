using System.Runtime.InteropServices;
using System.Text;
using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>Names and numbers of system calls of all architectures up to Linux 6.18. syscalls(2).</summary>
public static class SyscallNames
{
    /// <summary>The architecture of this process.</summary>
    /// <exception cref="KeelsonException">Unsupported: seccomp has no filters there.</exception>
    public static SeccompArchitecture Native => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => SeccompArchitecture.SCMP_ARCH_X86_64,
        Architecture.Arm64 => SeccompArchitecture.SCMP_ARCH_AARCH64,
        Architecture.X86 => SeccompArchitecture.SCMP_ARCH_X86,
        Architecture.Arm => SeccompArchitecture.SCMP_ARCH_ARM,
        Architecture.LoongArch64 => SeccompArchitecture.SCMP_ARCH_LOONGARCH64,
        Architecture.RiscV64 => SeccompArchitecture.SCMP_ARCH_RISCV64,
        Architecture.Ppc64le => SeccompArchitecture.SCMP_ARCH_PPC64LE,
        Architecture.S390x => SeccompArchitecture.SCMP_ARCH_S390X,
        _ => throw new KeelsonException(ErrorKind.Unsupported, "compile seccomp profile: this machine's architecture is not known"),
    };

    /// <summary>The AUDIT_ARCH_* number by which a filter knows an architecture; x32 shares that of x86-64. <c>linux/audit.h</c>.</summary>
    public static uint AuditArchitecture(SeccompArchitecture architecture) => Convention.Of(architecture).Audit;

    /// <summary>The number of a system call, as a filter sees it.</summary>
    /// <param name="architecture">Whose table.</param>
    /// <param name="name">The kernel's name.</param>
    /// <param name="number">The number; calls of x32 have bit 30 set.</param>
    /// <returns>Whether the architecture has the call.</returns>
    public static bool TryGetNumber(SeccompArchitecture architecture, ReadOnlySpan<char> name, out uint number)
    {
        int entry = SyscallTables.Find(name);
        int plain = entry < 0 ? -1 : SyscallTables.Number(SyscallTables.Of(architecture), entry);
        number = plain < 0 ? 0 : (uint)plain | Convention.Of(architecture).NumberBit;
        return plain >= 0;
    }

    /// <summary>The name of a system call; <see langword="null"/> when the architecture's table has no such number. For messages: it looks at every name.</summary>
    /// <param name="architecture">Whose table.</param>
    /// <param name="number">The number, as a filter sees it.</param>
    public static string? Find(SeccompArchitecture architecture, uint number)
    {
        ReadOnlySpan<ushort> table = SyscallTables.Of(architecture);
        uint plain = number & ~Convention.Of(architecture).NumberBit;
        for (int entry = 0; entry < SyscallTables.Count; entry++)
            if (SyscallTables.Number(table, entry) == plain) return Encoding.ASCII.GetString(SyscallTables.Name(entry));
        return null;
    }

    /// <summary>
    /// Whether the kernel takes an argument as 32 bits, so that the upper half of a 64-bit register means nothing to it: <c>int</c>, <c>uid_t</c> and the like.
    /// </summary>
    /// <param name="name">The kernel's name of the system call.</param>
    /// <param name="argument">Which argument, 0 to 5.</param>
    /// <returns>Also <see langword="false"/> where nobody has looked: the list holds the calls that profiles compare arguments of.</returns>
    public static bool IsIntArgument(ReadOnlySpan<char> name, int argument) =>
        SyscallTables.Find(name) is var entry && entry >= 0 && SyscallTables.IsIntArgument(entry, (uint)argument);
}
