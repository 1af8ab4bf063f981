using System.Runtime.InteropServices;

namespace Keelson.Seccomp;

/// <summary>Checks a program by the kernel's rules, so that a bad one is refused with a reason before a container exists.</summary>
/// <remarks>bpf_check_classic in net/core/filter.c and seccomp_check_filter in kernel/seccomp.c; both answer EINVAL and nothing more.</remarks>
public static class BpfVerifier
{
    /// <summary>What is wrong with a program; <see langword="null"/> when the kernel would take it.</summary>
    /// <param name="program">Instructions of 8 bytes.</param>
    public static string? FindFault(ReadOnlySpan<byte> program)
    {
        if (program.Length == 0) return "it is empty";
        if (program.Length % BpfInstruction.Size != 0) return $"{program.Length} bytes are not a whole number of instructions";
        ReadOnlySpan<BpfInstruction> code = MemoryMarshal.Cast<byte, BpfInstruction>(program);
        if (code.Length > BpfCode.MaxInstructions) return $"{code.Length} instructions are more than {BpfCode.MaxInstructions}";
        for (int at = 0; at < code.Length; at++)
            if (FindFault(code[at], code.Length - at - 1) is { } fault) return $"instruction {at}: {fault}";
        if (code[^1].Code is not (BpfCode.Return or BpfCode.ReturnA)) return "it does not end in a return";
        return FindUnsetMemory(code);
    }

    // after: how many instructions follow; a jump must land on one of them.
    private static string? FindFault(BpfInstruction now, int after)
    {
        switch (now.Code)
        {
            case BpfCode.LoadAbsolute:
                return now.K >= SeccompData.Size || now.K % 4 != 0 ? $"no word of the call lies at offset {now.K}" : null;
            case BpfCode.LoadMemory or BpfCode.LoadXMemory or BpfCode.Store or BpfCode.StoreX:
                return now.K >= BpfCode.MemoryWords ? $"memory has no word {now.K}" : null;
            case BpfCode.Divide:
                return now.K == 0 ? "it divides by 0" : null;
            case BpfCode.ShiftLeft or BpfCode.ShiftRight:
                return now.K > 31 ? $"it shifts by {now.K}" : null;
            case BpfCode.Jump:
                return now.K >= (uint)after ? "it jumps past the end" : null;
            case BpfCode.LoadLength or BpfCode.LoadXLength or BpfCode.LoadImmediate or BpfCode.LoadXImmediate
                or BpfCode.CopyToX or BpfCode.CopyFromX or BpfCode.Return or BpfCode.ReturnA or BpfCode.Negate:
            case BpfCode.Add or BpfCode.Subtract or BpfCode.Multiply or BpfCode.Or or BpfCode.And or BpfCode.Xor:
            case BpfCode.Add | BpfCode.WithX or BpfCode.Subtract | BpfCode.WithX or BpfCode.Multiply | BpfCode.WithX or BpfCode.Divide | BpfCode.WithX
                or BpfCode.Or | BpfCode.WithX or BpfCode.And | BpfCode.WithX or BpfCode.Xor | BpfCode.WithX
                or BpfCode.ShiftLeft | BpfCode.WithX or BpfCode.ShiftRight | BpfCode.WithX:
                return null;
        }
        if (!BpfCode.IsConditionalJump(now.Code)) return $"code 0x{now.Code:x2} is not one that seccomp allows";
        return now.JumpTrue >= after || now.JumpFalse >= after ? "it jumps past the end" : null;
    }

    // Every word of memory must have been stored on every way to a load of it. known[i]: the words that are set on all ways to i seen so far.
    private static string? FindUnsetMemory(ReadOnlySpan<BpfInstruction> code)
    {
        ushort[]? known = null;
        ushort now = 0;
        for (int at = 0; at < code.Length; at++)
        {
            BpfInstruction i = code[at];
            if (known is null)
            {
                // Almost no program uses memory; then nothing is to be followed.
                if (i.Code is not (BpfCode.Store or BpfCode.StoreX or BpfCode.LoadMemory or BpfCode.LoadXMemory)) continue;
                known = new ushort[code.Length];
                Array.Fill(known, ushort.MaxValue);
                at = -1;
                continue;
            }
            now &= known[at];
            switch (i.Code)
            {
                case BpfCode.Store or BpfCode.StoreX:
                    now |= (ushort)(1 << (int)i.K);
                    break;
                case BpfCode.LoadMemory or BpfCode.LoadXMemory when (now & 1 << (int)i.K) == 0:
                    return $"instruction {at}: word {i.K} of memory may be read before it is stored";
                case BpfCode.Jump:
                    known[at + 1 + (int)i.K] &= now;
                    now = ushort.MaxValue;
                    break;
                default:
                    // After a return too the kernel goes on with what was known there.
                    if (!BpfCode.IsConditionalJump(i.Code)) break;
                    known[at + 1 + i.JumpTrue] &= now;
                    known[at + 1 + i.JumpFalse] &= now;
                    now = ushort.MaxValue;
                    break;
            }
        }
        return null;
    }
}
