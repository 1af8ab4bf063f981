using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>How system calls of an architecture look to a filter.</summary>
/// <param name="Audit">AUDIT_ARCH_*: the ELF machine, bit 31 for 64 bits, bit 30 for little endian, bit 29 for MIPS N32.</param>
/// <param name="FirstNumber">Where the architecture's numbers start.</param>
/// <param name="NumberBit">A bit that is set in every number: that of x32.</param>
/// <param name="Has32BitRegisters">Whether arguments have 32 bits. x32 passes 64.</param>
internal readonly record struct Convention(uint Audit, uint FirstNumber = 0, uint NumberBit = 0, bool Has32BitRegisters = false)
{
    private const uint Wide = 0x8000_0000, Little = 0x4000_0000, N32 = 0x2000_0000;

    /// <summary>The bit that tells a call of x32 from one of x86-64.</summary>
    internal const uint X32Bit = 0x4000_0000;

    internal bool IsBigEndian => (Audit & Little) == 0;

    internal static Convention Of(SeccompArchitecture architecture) => architecture switch
    {
        SeccompArchitecture.SCMP_ARCH_X86 => new(3 | Little, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_X86_64 => new(62 | Wide | Little),
        SeccompArchitecture.SCMP_ARCH_X32 => new(62 | Wide | Little, NumberBit: X32Bit),
        SeccompArchitecture.SCMP_ARCH_ARM => new(40 | Little, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_AARCH64 => new(183 | Wide | Little),
        SeccompArchitecture.SCMP_ARCH_LOONGARCH64 => new(258 | Wide | Little),
        SeccompArchitecture.SCMP_ARCH_M68K => new(4, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_MIPS => new(8, FirstNumber: 4000, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_MIPS64 => new(8 | Wide, FirstNumber: 5000),
        SeccompArchitecture.SCMP_ARCH_MIPS64N32 => new(8 | Wide | N32, FirstNumber: 6000, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_MIPSEL => new(8 | Little, FirstNumber: 4000, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_MIPSEL64 => new(8 | Wide | Little, FirstNumber: 5000),
        SeccompArchitecture.SCMP_ARCH_MIPSEL64N32 => new(8 | Wide | Little | N32, FirstNumber: 6000, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_PARISC => new(15, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_PARISC64 => new(15 | Wide),
        SeccompArchitecture.SCMP_ARCH_PPC => new(20, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_PPC64 => new(21 | Wide),
        SeccompArchitecture.SCMP_ARCH_PPC64LE => new(21 | Wide | Little),
        SeccompArchitecture.SCMP_ARCH_RISCV64 => new(243 | Wide | Little),
        SeccompArchitecture.SCMP_ARCH_S390 => new(22, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_S390X => new(22 | Wide),
        SeccompArchitecture.SCMP_ARCH_SH => new(42 | Little, Has32BitRegisters: true),
        SeccompArchitecture.SCMP_ARCH_SHEB => new(42, Has32BitRegisters: true),
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"compile seccomp profile: architecture {(int)architecture} is not known"),
    };
}
