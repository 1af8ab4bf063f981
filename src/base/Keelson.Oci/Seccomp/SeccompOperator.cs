namespace Keelson.Oci;

/// <summary>How an argument is compared, in libseccomp's names; all comparisons are unsigned, of 64 bits.</summary>
public enum SeccompOperator
{
    /// <summary>Not equal.</summary>
    SCMP_CMP_NE,
    /// <summary>Less.</summary>
    SCMP_CMP_LT,
    /// <summary>Less or equal.</summary>
    SCMP_CMP_LE,
    /// <summary>Equal.</summary>
    SCMP_CMP_EQ,
    /// <summary>Greater or equal.</summary>
    SCMP_CMP_GE,
    /// <summary>Greater.</summary>
    SCMP_CMP_GT,
    /// <summary>Equal to <see cref="SeccompArgument.ValueTwo"/> after <c>and</c> with <see cref="SeccompArgument.Value"/>.</summary>
    SCMP_CMP_MASKED_EQ,
}
