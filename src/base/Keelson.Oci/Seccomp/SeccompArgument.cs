namespace Keelson.Oci;

/// <summary>A condition on one argument of a system call.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Seccomp", <c>syscalls[].args</c>.</remarks>
public sealed class SeccompArgument
{
    /// <summary>Which argument, 0 to 5.</summary>
    public uint Index { get; set; }

    /// <summary>What it is compared with; the mask for <see cref="SeccompOperator.SCMP_CMP_MASKED_EQ"/>.</summary>
    public ulong Value { get; set; }

    /// <summary>What the masked argument is compared with for <see cref="SeccompOperator.SCMP_CMP_MASKED_EQ"/>.</summary>
    public ulong ValueTwo { get; set; }

    /// <summary>How it is compared.</summary>
    public SeccompOperator Op { get; set; }
}
