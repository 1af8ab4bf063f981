using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>Numbers of system calls by name. The data is read where the program file is mapped; nothing is built at start.</summary>
internal static partial class SyscallTables
{
    private const ushort None = ushort.MaxValue;

    // The private calls of ARM do not fit 16 bits; the tables hold them from here on.
    private const ushort ArmPrivate = 0xF000;

    /// <summary>The first private call of ARM.</summary>
    internal const uint ArmPrivateStart = 0x0F_0000;

    /// <summary>The number of a name in the tables' order, 0 to <see cref="Count"/>-1; -1 when no table has it.</summary>
    internal static int Find(ReadOnlySpan<char> name)
    {
        uint hash = 0x811C_9DC5;
        foreach (char c in name) hash = (hash ^ c) * 0x0100_0193;
        ReadOnlySpan<ushort> slots = Slots;
        for (int slot = (int)(hash ^ hash >> 16) & slots.Length - 1; slots[slot] != None; slot = slot + 1 & slots.Length - 1)
            if (IsName(slots[slot], name)) return slots[slot];
        return -1;
    }

    /// <summary>The name of an entry, in ASCII.</summary>
    internal static ReadOnlySpan<byte> Name(int entry) => Names[Starts[entry]..Starts[entry + 1]];

    /// <summary>How often programs make the call, 1 to 64.</summary>
    internal static int Heat(int entry) => Heats[entry];

    /// <summary>Whether the kernel takes an argument as 32 bits.</summary>
    internal static bool IsIntArgument(int entry, uint argument) => (Narrows[entry] >> (int)argument & 1) != 0;

    /// <summary>The table of an architecture. The tables of both byte orders are the same.</summary>
    internal static ReadOnlySpan<ushort> Of(SeccompArchitecture architecture) => architecture switch
    {
        SeccompArchitecture.SCMP_ARCH_X86 => X86,
        SeccompArchitecture.SCMP_ARCH_X86_64 => X8664,
        SeccompArchitecture.SCMP_ARCH_X32 => X32,
        SeccompArchitecture.SCMP_ARCH_ARM => Arm,
        SeccompArchitecture.SCMP_ARCH_AARCH64 => Aarch64,
        SeccompArchitecture.SCMP_ARCH_LOONGARCH64 => Loongarch64,
        SeccompArchitecture.SCMP_ARCH_M68K => M68k,
        SeccompArchitecture.SCMP_ARCH_MIPS or SeccompArchitecture.SCMP_ARCH_MIPSEL => Mips,
        SeccompArchitecture.SCMP_ARCH_MIPS64 or SeccompArchitecture.SCMP_ARCH_MIPSEL64 => Mips64,
        SeccompArchitecture.SCMP_ARCH_MIPS64N32 or SeccompArchitecture.SCMP_ARCH_MIPSEL64N32 => Mips64n32,
        SeccompArchitecture.SCMP_ARCH_PARISC => Parisc,
        SeccompArchitecture.SCMP_ARCH_PARISC64 => Parisc64,
        SeccompArchitecture.SCMP_ARCH_PPC => Ppc,
        SeccompArchitecture.SCMP_ARCH_PPC64 or SeccompArchitecture.SCMP_ARCH_PPC64LE => Ppc64,
        SeccompArchitecture.SCMP_ARCH_RISCV64 => Riscv64,
        SeccompArchitecture.SCMP_ARCH_S390 => S390,
        SeccompArchitecture.SCMP_ARCH_S390X => S390x,
        SeccompArchitecture.SCMP_ARCH_SH or SeccompArchitecture.SCMP_ARCH_SHEB => Sh,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"compile seccomp profile: architecture {(int)architecture} is not known"),
    };

    /// <summary>The number in a table as seccomp_data has it, without the bit of x32; -1 when the architecture has no such call.</summary>
    internal static int Number(ReadOnlySpan<ushort> table, int entry) => table[entry] switch
    {
        None => -1,
        >= ArmPrivate and ushort number => (int)ArmPrivateStart + number - ArmPrivate,
        ushort number => number,
    };

    private static bool IsName(int entry, ReadOnlySpan<char> name)
    {
        ReadOnlySpan<byte> own = Name(entry);
        if (own.Length != name.Length) return false;
        for (int i = 0; i < own.Length; i++)
            if (own[i] != name[i]) return false;
        return true;
    }
}
