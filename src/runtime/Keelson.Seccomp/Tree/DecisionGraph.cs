namespace Keelson.Seccomp;

/// <summary>How a node of the graph compares its word.</summary>
internal enum Comparison : byte
{
    /// <summary>It compares nothing: a leaf that returns its constant.</summary>
    Return,
    /// <summary>The word is the constant.</summary>
    Equal,
    /// <summary>The word is the constant or more.</summary>
    AtLeast,
    /// <summary>The word is more than the constant.</summary>
    Above,
    /// <summary>The word has one of the constant's bits.</summary>
    AnyBit,
    /// <summary>The word, cut to the bits of a mask, is the constant.</summary>
    MaskedEqual,
}

/// <summary>A comparison of one 32-bit word of <c>seccomp_data</c> with two ways on, or a leaf.</summary>
internal struct DecisionNode
{
    internal Comparison Comparison;
    /// <summary>Offset of the word in <c>seccomp_data</c>.</summary>
    internal byte Offset;
    /// <summary>Whether some way leads here with another word in the accumulator.</summary>
    internal bool NeedsLoad;
    internal uint Constant, Mask;
    internal int Yes, No;
    /// <summary>Where the comparison stands, in instructions from the end of the program; -1 before it is written.</summary>
    internal int At;
    /// <summary>Where it is entered with another word in the accumulator.</summary>
    internal int AtLoad;
}

/// <summary>
/// The decisions of a filter as a graph without cycles. Equal nodes are one node, so equal endings of different calls are written once.
/// </summary>
internal sealed class DecisionGraph
{
    /// <summary>Every node is an instruction at least, and more than 4096 instructions cannot be installed.</summary>
    private const int MaxNodes = BpfCode.MaxInstructions;

    private DecisionNode[] nodes = new DecisionNode[256];
    private int[] slots = new int[512];
    private int lastReturn = -1;

    internal int Count { get; private set; }

    internal ref DecisionNode this[int node] => ref nodes[node];

    /// <summary>The leaf that returns <paramref name="value"/>.</summary>
    internal int Return(uint value)
    {
        // Most calls of a profile have the same answer.
        if (lastReturn < 0 || nodes[lastReturn].Constant != value) lastReturn = Intern(new DecisionNode { Comparison = Comparison.Return, Constant = value });
        return lastReturn;
    }

    /// <summary>A comparison; the way on itself when both are the same.</summary>
    internal int Compare(Comparison comparison, int offset, uint constant, int yes, int no, uint mask = 0)
    {
        if (yes == no) return yes;
        Enter(yes, offset, comparison);
        Enter(no, offset, comparison);
        return Intern(new DecisionNode { Comparison = comparison, Offset = (byte)offset, Constant = constant, Mask = mask, Yes = yes, No = no });
    }

    private void Enter(int node, int offset, Comparison from)
    {
        // A masked comparison leaves the masked word in the accumulator.
        if (nodes[node].Offset != offset || from == Comparison.MaskedEqual) nodes[node].NeedsLoad = true;
    }

    private int Intern(in DecisionNode node)
    {
        if (Count * 2 >= slots.Length) Grow();
        int slot = FindSlot(node);
        if (slots[slot] != 0) return slots[slot] - 1;
        if (Count == MaxNodes) throw SeccompProgram.TooLong();
        nodes[Count] = node;
        nodes[Count].At = nodes[Count].AtLoad = -1;
        slots[slot] = ++Count;
        return Count - 1;
    }

    // The slot of an equal node, or the free one where this node belongs. A slot holds the node's number and 1; 0 is free.
    private int FindSlot(in DecisionNode node)
    {
        uint hash = (uint)node.Comparison * 0x9E37_79B1 ^ node.Offset * 0x85EB_CA77 ^ node.Constant * 0xC2B2_AE3D ^ node.Mask * 0x27D4_EB2F
            ^ (uint)node.Yes * 0x1656_67B1 ^ (uint)node.No * 0xD3A2_646C;
        int slot = (int)(hash ^ hash >> 15) & slots.Length - 1;
        for (; slots[slot] != 0; slot = slot + 1 & slots.Length - 1)
        {
            ref DecisionNode other = ref nodes[slots[slot] - 1];
            if (other.Comparison == node.Comparison && other.Offset == node.Offset && other.Constant == node.Constant && other.Mask == node.Mask
                && other.Yes == node.Yes && other.No == node.No) break;
        }
        return slot;
    }

    private void Grow()
    {
        Array.Resize(ref nodes, nodes.Length * 2);
        slots = new int[slots.Length * 2];
        for (int i = 0; i < Count; i++) slots[FindSlot(nodes[i])] = i + 1;
    }
}
