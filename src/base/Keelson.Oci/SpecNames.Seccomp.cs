namespace Keelson.Oci;

public static partial class SpecNames
{
    /// <summary>The name of an action.</summary>
    public static string Of(SeccompAction value) => value switch
    {
        SeccompAction.SCMP_ACT_KILL => nameof(SeccompAction.SCMP_ACT_KILL),
        SeccompAction.SCMP_ACT_KILL_PROCESS => nameof(SeccompAction.SCMP_ACT_KILL_PROCESS),
        SeccompAction.SCMP_ACT_KILL_THREAD => nameof(SeccompAction.SCMP_ACT_KILL_THREAD),
        SeccompAction.SCMP_ACT_TRAP => nameof(SeccompAction.SCMP_ACT_TRAP),
        SeccompAction.SCMP_ACT_ERRNO => nameof(SeccompAction.SCMP_ACT_ERRNO),
        SeccompAction.SCMP_ACT_TRACE => nameof(SeccompAction.SCMP_ACT_TRACE),
        SeccompAction.SCMP_ACT_ALLOW => nameof(SeccompAction.SCMP_ACT_ALLOW),
        SeccompAction.SCMP_ACT_LOG => nameof(SeccompAction.SCMP_ACT_LOG),
        SeccompAction.SCMP_ACT_NOTIFY => nameof(SeccompAction.SCMP_ACT_NOTIFY),
        _ => throw NotAValue(value),
    };

    /// <summary>The action that a name stands for; <see langword="null"/> when there is none.</summary>
    public static SeccompAction? ParseSeccompAction(string name) => name switch
    {
        nameof(SeccompAction.SCMP_ACT_KILL) => SeccompAction.SCMP_ACT_KILL,
        nameof(SeccompAction.SCMP_ACT_KILL_PROCESS) => SeccompAction.SCMP_ACT_KILL_PROCESS,
        nameof(SeccompAction.SCMP_ACT_KILL_THREAD) => SeccompAction.SCMP_ACT_KILL_THREAD,
        nameof(SeccompAction.SCMP_ACT_TRAP) => SeccompAction.SCMP_ACT_TRAP,
        nameof(SeccompAction.SCMP_ACT_ERRNO) => SeccompAction.SCMP_ACT_ERRNO,
        nameof(SeccompAction.SCMP_ACT_TRACE) => SeccompAction.SCMP_ACT_TRACE,
        nameof(SeccompAction.SCMP_ACT_ALLOW) => SeccompAction.SCMP_ACT_ALLOW,
        nameof(SeccompAction.SCMP_ACT_LOG) => SeccompAction.SCMP_ACT_LOG,
        nameof(SeccompAction.SCMP_ACT_NOTIFY) => SeccompAction.SCMP_ACT_NOTIFY,
        _ => null,
    };

    /// <summary>The name of an operator.</summary>
    public static string Of(SeccompOperator value) => value switch
    {
        SeccompOperator.SCMP_CMP_NE => nameof(SeccompOperator.SCMP_CMP_NE),
        SeccompOperator.SCMP_CMP_LT => nameof(SeccompOperator.SCMP_CMP_LT),
        SeccompOperator.SCMP_CMP_LE => nameof(SeccompOperator.SCMP_CMP_LE),
        SeccompOperator.SCMP_CMP_EQ => nameof(SeccompOperator.SCMP_CMP_EQ),
        SeccompOperator.SCMP_CMP_GE => nameof(SeccompOperator.SCMP_CMP_GE),
        SeccompOperator.SCMP_CMP_GT => nameof(SeccompOperator.SCMP_CMP_GT),
        SeccompOperator.SCMP_CMP_MASKED_EQ => nameof(SeccompOperator.SCMP_CMP_MASKED_EQ),
        _ => throw NotAValue(value),
    };

    /// <summary>The operator that a name stands for; <see langword="null"/> when there is none.</summary>
    public static SeccompOperator? ParseSeccompOperator(string name) => name switch
    {
        nameof(SeccompOperator.SCMP_CMP_NE) => SeccompOperator.SCMP_CMP_NE,
        nameof(SeccompOperator.SCMP_CMP_LT) => SeccompOperator.SCMP_CMP_LT,
        nameof(SeccompOperator.SCMP_CMP_LE) => SeccompOperator.SCMP_CMP_LE,
        nameof(SeccompOperator.SCMP_CMP_EQ) => SeccompOperator.SCMP_CMP_EQ,
        nameof(SeccompOperator.SCMP_CMP_GE) => SeccompOperator.SCMP_CMP_GE,
        nameof(SeccompOperator.SCMP_CMP_GT) => SeccompOperator.SCMP_CMP_GT,
        nameof(SeccompOperator.SCMP_CMP_MASKED_EQ) => SeccompOperator.SCMP_CMP_MASKED_EQ,
        _ => null,
    };

    /// <summary>The name of an architecture.</summary>
    public static string Of(SeccompArchitecture value) => value switch
    {
        SeccompArchitecture.SCMP_ARCH_X86 => nameof(SeccompArchitecture.SCMP_ARCH_X86),
        SeccompArchitecture.SCMP_ARCH_X86_64 => nameof(SeccompArchitecture.SCMP_ARCH_X86_64),
        SeccompArchitecture.SCMP_ARCH_X32 => nameof(SeccompArchitecture.SCMP_ARCH_X32),
        SeccompArchitecture.SCMP_ARCH_ARM => nameof(SeccompArchitecture.SCMP_ARCH_ARM),
        SeccompArchitecture.SCMP_ARCH_AARCH64 => nameof(SeccompArchitecture.SCMP_ARCH_AARCH64),
        SeccompArchitecture.SCMP_ARCH_LOONGARCH64 => nameof(SeccompArchitecture.SCMP_ARCH_LOONGARCH64),
        SeccompArchitecture.SCMP_ARCH_M68K => nameof(SeccompArchitecture.SCMP_ARCH_M68K),
        SeccompArchitecture.SCMP_ARCH_MIPS => nameof(SeccompArchitecture.SCMP_ARCH_MIPS),
        SeccompArchitecture.SCMP_ARCH_MIPS64 => nameof(SeccompArchitecture.SCMP_ARCH_MIPS64),
        SeccompArchitecture.SCMP_ARCH_MIPS64N32 => nameof(SeccompArchitecture.SCMP_ARCH_MIPS64N32),
        SeccompArchitecture.SCMP_ARCH_MIPSEL => nameof(SeccompArchitecture.SCMP_ARCH_MIPSEL),
        SeccompArchitecture.SCMP_ARCH_MIPSEL64 => nameof(SeccompArchitecture.SCMP_ARCH_MIPSEL64),
        SeccompArchitecture.SCMP_ARCH_MIPSEL64N32 => nameof(SeccompArchitecture.SCMP_ARCH_MIPSEL64N32),
        SeccompArchitecture.SCMP_ARCH_PARISC => nameof(SeccompArchitecture.SCMP_ARCH_PARISC),
        SeccompArchitecture.SCMP_ARCH_PARISC64 => nameof(SeccompArchitecture.SCMP_ARCH_PARISC64),
        SeccompArchitecture.SCMP_ARCH_PPC => nameof(SeccompArchitecture.SCMP_ARCH_PPC),
        SeccompArchitecture.SCMP_ARCH_PPC64 => nameof(SeccompArchitecture.SCMP_ARCH_PPC64),
        SeccompArchitecture.SCMP_ARCH_PPC64LE => nameof(SeccompArchitecture.SCMP_ARCH_PPC64LE),
        SeccompArchitecture.SCMP_ARCH_RISCV64 => nameof(SeccompArchitecture.SCMP_ARCH_RISCV64),
        SeccompArchitecture.SCMP_ARCH_S390 => nameof(SeccompArchitecture.SCMP_ARCH_S390),
        SeccompArchitecture.SCMP_ARCH_S390X => nameof(SeccompArchitecture.SCMP_ARCH_S390X),
        SeccompArchitecture.SCMP_ARCH_SH => nameof(SeccompArchitecture.SCMP_ARCH_SH),
        SeccompArchitecture.SCMP_ARCH_SHEB => nameof(SeccompArchitecture.SCMP_ARCH_SHEB),
        _ => throw NotAValue(value),
    };

    /// <summary>The architecture that a name stands for; <see langword="null"/> when there is none.</summary>
    public static SeccompArchitecture? ParseSeccompArchitecture(string name) => name switch
    {
        nameof(SeccompArchitecture.SCMP_ARCH_X86) => SeccompArchitecture.SCMP_ARCH_X86,
        nameof(SeccompArchitecture.SCMP_ARCH_X86_64) => SeccompArchitecture.SCMP_ARCH_X86_64,
        nameof(SeccompArchitecture.SCMP_ARCH_X32) => SeccompArchitecture.SCMP_ARCH_X32,
        nameof(SeccompArchitecture.SCMP_ARCH_ARM) => SeccompArchitecture.SCMP_ARCH_ARM,
        nameof(SeccompArchitecture.SCMP_ARCH_AARCH64) => SeccompArchitecture.SCMP_ARCH_AARCH64,
        nameof(SeccompArchitecture.SCMP_ARCH_LOONGARCH64) => SeccompArchitecture.SCMP_ARCH_LOONGARCH64,
        nameof(SeccompArchitecture.SCMP_ARCH_M68K) => SeccompArchitecture.SCMP_ARCH_M68K,
        nameof(SeccompArchitecture.SCMP_ARCH_MIPS) => SeccompArchitecture.SCMP_ARCH_MIPS,
        nameof(SeccompArchitecture.SCMP_ARCH_MIPS64) => SeccompArchitecture.SCMP_ARCH_MIPS64,
        nameof(SeccompArchitecture.SCMP_ARCH_MIPS64N32) => SeccompArchitecture.SCMP_ARCH_MIPS64N32,
        nameof(SeccompArchitecture.SCMP_ARCH_MIPSEL) => SeccompArchitecture.SCMP_ARCH_MIPSEL,
        nameof(SeccompArchitecture.SCMP_ARCH_MIPSEL64) => SeccompArchitecture.SCMP_ARCH_MIPSEL64,
        nameof(SeccompArchitecture.SCMP_ARCH_MIPSEL64N32) => SeccompArchitecture.SCMP_ARCH_MIPSEL64N32,
        nameof(SeccompArchitecture.SCMP_ARCH_PARISC) => SeccompArchitecture.SCMP_ARCH_PARISC,
        nameof(SeccompArchitecture.SCMP_ARCH_PARISC64) => SeccompArchitecture.SCMP_ARCH_PARISC64,
        nameof(SeccompArchitecture.SCMP_ARCH_PPC) => SeccompArchitecture.SCMP_ARCH_PPC,
        nameof(SeccompArchitecture.SCMP_ARCH_PPC64) => SeccompArchitecture.SCMP_ARCH_PPC64,
        nameof(SeccompArchitecture.SCMP_ARCH_PPC64LE) => SeccompArchitecture.SCMP_ARCH_PPC64LE,
        nameof(SeccompArchitecture.SCMP_ARCH_RISCV64) => SeccompArchitecture.SCMP_ARCH_RISCV64,
        nameof(SeccompArchitecture.SCMP_ARCH_S390) => SeccompArchitecture.SCMP_ARCH_S390,
        nameof(SeccompArchitecture.SCMP_ARCH_S390X) => SeccompArchitecture.SCMP_ARCH_S390X,
        nameof(SeccompArchitecture.SCMP_ARCH_SH) => SeccompArchitecture.SCMP_ARCH_SH,
        nameof(SeccompArchitecture.SCMP_ARCH_SHEB) => SeccompArchitecture.SCMP_ARCH_SHEB,
        _ => null,
    };

    /// <summary>The names of the filter flags in a set, in the order of their values.</summary>
    public static string[] Of(SeccompFlags value)
    {
        List<string> names = [];
        if (value.HasFlag(SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC)) names.Add(nameof(SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC));
        if (value.HasFlag(SeccompFlags.SECCOMP_FILTER_FLAG_LOG)) names.Add(nameof(SeccompFlags.SECCOMP_FILTER_FLAG_LOG));
        if (value.HasFlag(SeccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW)) names.Add(nameof(SeccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW));
        if (value.HasFlag(SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)) names.Add(nameof(SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));
        return [.. names];
    }

    /// <summary>The filter flag that a name stands for; <see langword="null"/> when there is none.</summary>
    public static SeccompFlags? ParseSeccompFlags(string name) => name switch
    {
        nameof(SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC) => SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC,
        nameof(SeccompFlags.SECCOMP_FILTER_FLAG_LOG) => SeccompFlags.SECCOMP_FILTER_FLAG_LOG,
        nameof(SeccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW) => SeccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        nameof(SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) => SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
        _ => null,
    };
}
