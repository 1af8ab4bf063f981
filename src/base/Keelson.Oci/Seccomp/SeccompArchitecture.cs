namespace Keelson.Oci;

/// <summary>System call tables, in libseccomp's names.</summary>
public enum SeccompArchitecture
{
    /// <summary>x86, 32 bits.</summary>
    SCMP_ARCH_X86,
    /// <summary>x86, 64 bits.</summary>
    SCMP_ARCH_X86_64,
    /// <summary>x86-64 with 32-bit pointers.</summary>
    SCMP_ARCH_X32,
    /// <summary>ARM EABI, 32 bits.</summary>
    SCMP_ARCH_ARM,
    /// <summary>ARM, 64 bits.</summary>
    SCMP_ARCH_AARCH64,
    /// <summary>LoongArch, 64 bits.</summary>
    SCMP_ARCH_LOONGARCH64,
    /// <summary>Motorola 68000.</summary>
    SCMP_ARCH_M68K,
    /// <summary>MIPS, big endian, O32.</summary>
    SCMP_ARCH_MIPS,
    /// <summary>MIPS, big endian, N64.</summary>
    SCMP_ARCH_MIPS64,
    /// <summary>MIPS, big endian, N32.</summary>
    SCMP_ARCH_MIPS64N32,
    /// <summary>MIPS, little endian, O32.</summary>
    SCMP_ARCH_MIPSEL,
    /// <summary>MIPS, little endian, N64.</summary>
    SCMP_ARCH_MIPSEL64,
    /// <summary>MIPS, little endian, N32.</summary>
    SCMP_ARCH_MIPSEL64N32,
    /// <summary>PA-RISC, 32 bits.</summary>
    SCMP_ARCH_PARISC,
    /// <summary>PA-RISC, 64 bits.</summary>
    SCMP_ARCH_PARISC64,
    /// <summary>POWER, 32 bits.</summary>
    SCMP_ARCH_PPC,
    /// <summary>POWER, 64 bits, big endian.</summary>
    SCMP_ARCH_PPC64,
    /// <summary>POWER, 64 bits, little endian.</summary>
    SCMP_ARCH_PPC64LE,
    /// <summary>RISC-V, 64 bits.</summary>
    SCMP_ARCH_RISCV64,
    /// <summary>IBM Z, 31 bits.</summary>
    SCMP_ARCH_S390,
    /// <summary>IBM Z, 64 bits.</summary>
    SCMP_ARCH_S390X,
    /// <summary>SuperH, little endian.</summary>
    SCMP_ARCH_SH,
    /// <summary>SuperH, big endian.</summary>
    SCMP_ARCH_SHEB,
}
