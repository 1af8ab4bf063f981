using System.Runtime.InteropServices;

namespace Keelson.Seccomp;

/// <summary>Runs a filter as the kernel does. Meant for tests and for explaining a decision; bpf(4), kernel/seccomp.c.</summary>
public static class BpfInterpreter
{
    /// <summary>The answer of a program for one system call.</summary>
    /// <param name="program">A program that <see cref="BpfVerifier"/> accepts.</param>
    /// <param name="data">The call.</param>
    /// <param name="executed">How many instructions ran.</param>
    /// <param name="isBigEndian">Whether the program is for a big-endian machine; its instructions are in this machine's order all the same.</param>
    /// <returns>One of <see cref="SeccompReturn"/> with its data. Division by zero in X returns 0, as in the kernel.</returns>
    public static uint Run(ReadOnlySpan<byte> program, in SeccompData data, out int executed, bool isBigEndian = false)
    {
        ReadOnlySpan<BpfInstruction> code = MemoryMarshal.Cast<byte, BpfInstruction>(program);
        Span<uint> memory = stackalloc uint[BpfCode.MemoryWords];
        memory.Clear();
        uint a = 0, x = 0;
        executed = 0;
        for (int at = 0; ; at++)
        {
            BpfInstruction now = code[at];
            executed++;
            uint k = (now.Code & BpfCode.WithX) != 0 && (now.Code & 7) is 4 or 5 ? x : now.K;
            switch (now.Code)
            {
                case BpfCode.LoadAbsolute: a = data.Word((int)now.K, isBigEndian); break;
                case BpfCode.LoadLength: a = SeccompData.Size; break;
                case BpfCode.LoadXLength: x = SeccompData.Size; break;
                case BpfCode.LoadImmediate: a = now.K; break;
                case BpfCode.LoadXImmediate: x = now.K; break;
                case BpfCode.LoadMemory: a = memory[(int)now.K]; break;
                case BpfCode.LoadXMemory: x = memory[(int)now.K]; break;
                case BpfCode.Store: memory[(int)now.K] = a; break;
                case BpfCode.StoreX: memory[(int)now.K] = x; break;
                case BpfCode.CopyToX: x = a; break;
                case BpfCode.CopyFromX: a = x; break;
                case BpfCode.Return: return now.K;
                case BpfCode.ReturnA: return a;
                case BpfCode.Negate: a = 0 - a; break;
                case BpfCode.Jump: at += (int)now.K; break;
                case BpfCode.Divide | BpfCode.WithX when x == 0: return 0;
                default:
                    if (BpfCode.IsConditionalJump(now.Code)) at += Holds(now.Code, a, k) ? now.JumpTrue : now.JumpFalse;
                    else a = Calculate(now.Code, a, k);
                    break;
            }
        }
    }

    /// <summary>
    /// Whether the kernel finds at installation that a call is always allowed. Such calls skip the filter from then on.
    /// </summary>
    /// <remarks>
    /// Since Linux 5.11 the kernel follows the program for each number of the native and the compatible table, knowing <c>nr</c> and <c>arch</c> alone.
    /// It understands loads of these two, comparisons with constants, jumps, <c>and</c> with a constant and returns;
    /// anything else on the way, such as a load of an argument, ends the attempt.
    /// </remarks>
    /// <param name="program">A program that <see cref="BpfVerifier"/> accepts.</param>
    /// <param name="number">Number of the call.</param>
    /// <param name="architecture">AUDIT_ARCH_*.</param>
    public static bool IsAlwaysAllowed(ReadOnlySpan<byte> program, uint number, uint architecture)
    {
        ReadOnlySpan<BpfInstruction> code = MemoryMarshal.Cast<byte, BpfInstruction>(program);
        uint a = 0;
        for (int at = 0; at < code.Length; at++)
        {
            BpfInstruction now = code[at];
            switch (now.Code)
            {
                case BpfCode.LoadAbsolute when now.K == 0: a = number; break;
                case BpfCode.LoadAbsolute when now.K == 4: a = architecture; break;
                case BpfCode.And: a &= now.K; break;
                case BpfCode.Jump: at += (int)now.K; break;
                case BpfCode.Return: return now.K == SeccompReturn.Allow;
                case BpfCode.JumpEqual or BpfCode.JumpGreater or BpfCode.JumpGreaterOrEqual or BpfCode.JumpAnyBit:
                    at += Holds(now.Code, a, now.K) ? now.JumpTrue : now.JumpFalse;
                    break;
                default: return false;
            }
        }
        return false;
    }

    private static bool Holds(ushort code, uint a, uint k) => (code & ~BpfCode.WithX) switch
    {
        BpfCode.JumpEqual => a == k,
        BpfCode.JumpGreater => a > k,
        BpfCode.JumpGreaterOrEqual => a >= k,
        _ => (a & k) != 0,
    };

    private static uint Calculate(ushort code, uint a, uint k) => (code & ~BpfCode.WithX) switch
    {
        BpfCode.Add => a + k,
        BpfCode.Subtract => a - k,
        BpfCode.Multiply => a * k,
        BpfCode.Divide => a / k,
        BpfCode.Or => a | k,
        BpfCode.And => a & k,
        BpfCode.Xor => a ^ k,
        // A count in X may be above 31; like the machine, the kernel takes it modulo 32.
        BpfCode.ShiftLeft => a << (int)(k & 31),
        BpfCode.ShiftRight => a >> (int)(k & 31),
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"run seccomp program: code 0x{code:x2} is not one that seccomp allows"),
    };
}
