using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>The kinds of conditions that the seven operators come down to.</summary>
internal enum ConditionKind : byte
{
    /// <summary>The argument is the value.</summary>
    Equal,
    /// <summary>It is not.</summary>
    NotEqual,
    /// <summary>It is less than the value.</summary>
    Below,
    /// <summary>It is the value or more.</summary>
    AtLeast,
    /// <summary>Cut to the bits of the mask, it is the value.</summary>
    Masked,
    /// <summary>Every argument will do.</summary>
    Always,
    /// <summary>No argument will do.</summary>
    Never,
}

/// <summary>A condition on one argument, in the width in which it is compared.</summary>
internal readonly struct Condition
{
    internal readonly ConditionKind Kind;
    internal readonly byte Argument;
    /// <summary>Whether the lower word alone is compared.</summary>
    internal readonly bool IsNarrow;
    internal readonly ulong Value, Mask;

    private Condition(ConditionKind kind, byte argument, bool isNarrow, ulong value, ulong mask = 0) =>
        (Kind, Argument, IsNarrow, Value, Mask) = (kind, argument, isNarrow, value, mask);

    /// <summary>The condition that an argument of 32 bits has a value.</summary>
    internal static Condition IsEqual(byte argument, uint value) => new(ConditionKind.Equal, argument, isNarrow: true, value);

    /// <summary>A condition of a profile.</summary>
    /// <param name="source">The condition; its index is below 6.</param>
    /// <param name="has32BitRegisters">Whether the calling convention passes 32 bits. Both sides are then cut to them, as libseccomp does.</param>
    /// <param name="isIntArgument">
    /// Whether the kernel takes this argument as 32 bits of a larger register. Comparing the whole register would let a call pass for another one:
    /// <c>socket(0x1_0000_0026)</c> makes an AF_ALG (0x26) socket. A value of the profile that has upper bits is compared as it is written.
    /// </param>
    internal static Condition Of(SeccompArgument source, bool has32BitRegisters, bool isIntArgument)
    {
        bool isMask = source.Op == SeccompOperator.SCMP_CMP_MASKED_EQ;
        bool isNarrow = has32BitRegisters || (isIntArgument && !isMask && source.Value <= uint.MaxValue);
        ulong largest = isNarrow ? uint.MaxValue : ulong.MaxValue;
        ulong value = source.Value & largest;
        byte argument = (byte)source.Index;
        return source.Op switch
        {
            SeccompOperator.SCMP_CMP_EQ => new(ConditionKind.Equal, argument, isNarrow, value),
            SeccompOperator.SCMP_CMP_NE => new(ConditionKind.NotEqual, argument, isNarrow, value),
            SeccompOperator.SCMP_CMP_LT when value == 0 => new(ConditionKind.Never, argument, isNarrow, 0),
            SeccompOperator.SCMP_CMP_LT => new(ConditionKind.Below, argument, isNarrow, value),
            SeccompOperator.SCMP_CMP_LE when value == largest => new(ConditionKind.Always, argument, isNarrow, 0),
            SeccompOperator.SCMP_CMP_LE => new(ConditionKind.Below, argument, isNarrow, value + 1),
            SeccompOperator.SCMP_CMP_GE when value == 0 => new(ConditionKind.Always, argument, isNarrow, 0),
            SeccompOperator.SCMP_CMP_GE => new(ConditionKind.AtLeast, argument, isNarrow, value),
            SeccompOperator.SCMP_CMP_GT when value == largest => new(ConditionKind.Never, argument, isNarrow, 0),
            SeccompOperator.SCMP_CMP_GT => new(ConditionKind.AtLeast, argument, isNarrow, value + 1),
            // The value's bits outside the mask are dropped, as libseccomp does.
            SeccompOperator.SCMP_CMP_MASKED_EQ => new(ConditionKind.Masked, argument, isNarrow, source.ValueTwo & value, value),
            _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"compile seccomp profile: operator {(int)source.Op} is not known"),
        };
    }
}
