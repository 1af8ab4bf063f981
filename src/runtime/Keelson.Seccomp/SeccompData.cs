namespace Keelson.Seccomp;

/// <summary>What a filter sees of a system call: <c>struct seccomp_data</c>. seccomp(2).</summary>
/// <remarks>
/// <code>
/// offset  0        4          8                16          24         32         40         48         56
///         nr:4     arch:4     instruction      args[0]     args[1]    args[2]    args[3]    args[4]    args[5]
///                             pointer:8
/// </code>
/// </remarks>
public struct SeccompData
{
    /// <summary>Bytes of the structure.</summary>
    public const int Size = 64;

    /// <summary>Number of the system call; calls of x32 have bit 30 set.</summary>
    public uint Number;

    /// <summary>AUDIT_ARCH_* of the calling convention.</summary>
    public uint Architecture;

    /// <summary>Address of the instruction after the call.</summary>
    public ulong InstructionPointer;

    /// <summary>The six argument registers.</summary>
    public SeccompArguments Arguments;

    /// <summary>The 32-bit word at an offset, as a program loads it.</summary>
    /// <param name="offset">0 to 60, a multiple of 4.</param>
    /// <param name="isBigEndian">Whether the machine that the program is for keeps the upper half of a 64-bit value first.</param>
    public readonly uint Word(int offset, bool isBigEndian = false)
    {
        if (offset == 0) return Number;
        if (offset == 4) return Architecture;
        ulong value = offset < 16 ? InstructionPointer : Arguments[offset / 8 - 2];
        return offset % 8 != 0 ^ isBigEndian ? (uint)(value >> 32) : (uint)value;
    }
}
