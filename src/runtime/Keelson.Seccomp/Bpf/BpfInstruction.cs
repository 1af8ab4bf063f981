using System.Runtime.InteropServices;

namespace Keelson.Seccomp;

/// <summary>One instruction of classic BPF: <c>struct sock_filter</c>, 8 bytes in the byte order of the machine.</summary>
/// <param name="code">Class, size, mode and operator.</param>
/// <param name="jumpTrue">Instructions to skip when a comparison holds.</param>
/// <param name="jumpFalse">Instructions to skip when it does not.</param>
/// <param name="k">The constant: offset, operand, distance of a jump or value to return.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BpfInstruction(ushort code, byte jumpTrue, byte jumpFalse, uint k)
{
    /// <summary>Bytes of one instruction.</summary>
    public const int Size = 8;

    /// <summary>Class, size, mode and operator, as <c>linux/bpf_common.h</c> numbers them.</summary>
    public readonly ushort Code = code;

    /// <summary>Instructions to skip when a comparison holds.</summary>
    public readonly byte JumpTrue = jumpTrue;

    /// <summary>Instructions to skip when it does not.</summary>
    public readonly byte JumpFalse = jumpFalse;

    /// <summary>The constant: offset, operand, distance of a jump or value to return.</summary>
    public readonly uint K = k;
}
