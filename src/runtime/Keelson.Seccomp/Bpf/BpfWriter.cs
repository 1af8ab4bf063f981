using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Keelson.Seccomp;

/// <summary>
/// Writes a graph as instructions, from the last to the first: a comparison is written when both its ways on stand already, so every distance is known.
/// </summary>
/// <remarks>
/// A comparison reaches 255 instructions ahead. What lies further is written again when it is a return, or reached by a jump;
/// either is one instruction, and later comparisons use the nearer one.
/// </remarks>
/// <param name="graph">The decisions.</param>
internal sealed class BpfWriter(DecisionGraph graph)
{
    private const int Reach = 255;

    // The last instruction comes first.
    private BpfInstruction[] reversed = new BpfInstruction[512];
    private int count;

    /// <summary>The program.</summary>
    /// <param name="root">Where it begins.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is longer than the kernel takes.</exception>
    internal byte[] Write(int root)
    {
        graph[root].NeedsLoad = true;
        Emit(root);
        byte[] program = new byte[count * BpfInstruction.Size];
        Span<BpfInstruction> forward = MemoryMarshal.Cast<byte, BpfInstruction>(program.AsSpan());
        reversed.AsSpan(0, count).CopyTo(forward);
        forward.Reverse();
        return program;
    }

    private void Emit(int number)
    {
        if (graph[number].At >= 0) return;
        if (graph[number].Comparison == Comparison.Return)
        {
            graph[number].At = graph[number].AtLoad = Push(BpfCode.Return, graph[number].Constant);
            return;
        }
        int yes = graph[number].Yes, no = graph[number].No;
        Emit(yes);
        Emit(no);
        DecisionNode node = graph[number];
        Bring(yes, node);
        Bring(no, node);
        // What was written to bring the second near may have pushed the first out of reach, and the other way round.
        int toYes = Bring(yes, node), toNo = Bring(no, node);
        toYes = Bring(yes, node);

        ushort code = node.Comparison switch
        {
            Comparison.AtLeast => BpfCode.JumpGreaterOrEqual,
            Comparison.Above => BpfCode.JumpGreater,
            Comparison.AnyBit => BpfCode.JumpAnyBit,
            _ => BpfCode.JumpEqual,
        };
        int at = Push(code, node.Constant, (byte)(count - toYes - 1), (byte)(count - toNo - 1));
        if (node.Comparison == Comparison.MaskedEqual) at = Push(BpfCode.And, node.Mask);
        graph[number].At = at;
        if (node.NeedsLoad) graph[number].AtLoad = Push(BpfCode.LoadAbsolute, node.Offset);
    }

    // Where a way on is entered, made to be in reach of the next instruction.
    private int Bring(int number, in DecisionNode from)
    {
        ref DecisionNode node = ref graph[number];
        bool hasWord = node.Offset == from.Offset && from.Comparison != Comparison.MaskedEqual;
        ref int at = ref hasWord || node.Comparison == Comparison.Return ? ref node.At : ref node.AtLoad;
        Debug.Assert(at >= 0, "a way on is written before what leads to it");
        if (count - at - 1 > Reach) at = node.Comparison == Comparison.Return ? Push(BpfCode.Return, node.Constant) : Push(BpfCode.Jump, (uint)(count - at - 1));
        return at;
    }

    private int Push(ushort code, uint k, byte jumpTrue = 0, byte jumpFalse = 0)
    {
        if (count == BpfCode.MaxInstructions) throw SeccompProgram.TooLong();
        if (count == reversed.Length) Array.Resize(ref reversed, count * 2);
        reversed[count] = new BpfInstruction(code, jumpTrue, jumpFalse, k);
        return count++;
    }
}
