using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Seccomp;

/// <summary>Prints a program for people.</summary>
public static class BpfListing
{
    /// <summary>The program, one instruction a line: its place, what it does, and where a comparison goes on.</summary>
    /// <remarks>
    /// <code>
    ///    0  A = arch
    ///    1  A == 0xc000003e        ? 2 : 57
    ///    2  A = nr
    ///    3  A &gt;= 0x86              ? 20 : 4
    ///    4  return ALLOW
    /// </code>
    /// </remarks>
    /// <param name="program">A program that <see cref="BpfVerifier"/> accepts.</param>
    public static string Print(ReadOnlySpan<byte> program)
    {
        ReadOnlySpan<BpfInstruction> code = MemoryMarshal.Cast<byte, BpfInstruction>(program);
        StringBuilder text = new();
        for (int at = 0; at < code.Length; at++)
        {
            BpfInstruction now = code[at];
            string line = Line(now, at);
            if (BpfCode.IsConditionalJump(now.Code)) line = $"{line,-24}? {at + 1 + now.JumpTrue} : {at + 1 + now.JumpFalse}";
            text.Append(CultureInfo.InvariantCulture, $"{at,4}  {line}\n");
        }
        return text.ToString();
    }

    private static string Line(BpfInstruction now, int at)
    {
        string operand = (now.Code & BpfCode.WithX) != 0 ? "X" : now.K < 10 ? $"{now.K}" : $"0x{now.K:x}";
        return now.Code switch
        {
            BpfCode.LoadAbsolute => "A = " + Word((int)now.K),
            BpfCode.LoadLength => $"A = {SeccompData.Size}",
            BpfCode.LoadXLength => $"X = {SeccompData.Size}",
            BpfCode.LoadImmediate => "A = " + operand,
            BpfCode.LoadXImmediate => "X = " + operand,
            BpfCode.LoadMemory => $"A = M[{now.K}]",
            BpfCode.LoadXMemory => $"X = M[{now.K}]",
            BpfCode.Store => $"M[{now.K}] = A",
            BpfCode.StoreX => $"M[{now.K}] = X",
            BpfCode.CopyToX => "X = A",
            BpfCode.CopyFromX => "A = X",
            BpfCode.Return => "return " + SeccompReturn.Describe(now.K),
            BpfCode.ReturnA => "return A",
            BpfCode.Negate => "A = -A",
            BpfCode.Jump => $"go to {at + 1 + now.K}",
            _ => (now.Code & ~BpfCode.WithX) switch
            {
                BpfCode.JumpEqual => "A == " + operand,
                BpfCode.JumpGreater => "A > " + operand,
                BpfCode.JumpGreaterOrEqual => "A >= " + operand,
                BpfCode.JumpAnyBit => "A & " + operand,
                BpfCode.Add => "A += " + operand,
                BpfCode.Subtract => "A -= " + operand,
                BpfCode.Multiply => "A *= " + operand,
                BpfCode.Divide => "A /= " + operand,
                BpfCode.Or => "A |= " + operand,
                BpfCode.And => "A &= " + operand,
                BpfCode.Xor => "A ^= " + operand,
                BpfCode.ShiftLeft => "A <<= " + operand,
                BpfCode.ShiftRight => "A >>= " + operand,
                _ => $"code 0x{now.Code:x2}",
            },
        };
    }

    // The halves of 64-bit values, as little-endian machines keep them.
    private static string Word(int offset) => offset switch
    {
        0 => "nr",
        4 => "arch",
        < 16 => "ip" + Half(offset),
        _ => $"args[{offset / 8 - 2}]" + Half(offset),
    };

    private static string Half(int offset) => offset % 8 == 0 ? ".low" : ".high";
}
