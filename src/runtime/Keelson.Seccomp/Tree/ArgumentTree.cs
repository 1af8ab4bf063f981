using System.Runtime.CompilerServices;

namespace Keelson.Seccomp;

/// <summary>
/// Turns the conditional rules of one system call into comparisons of words.
/// </summary>
/// <remarks>
/// Each step takes the rules that may still match, picks a comparison that the first of them needs, and goes on twice: with what the answer yes
/// and with what the answer no leaves of the rules. So a way through the graph never compares what an earlier comparison has told.
/// Two steps that leave the same become one node, and so the graph does not grow with the number of ways.
/// <code>
/// personality EQ 0, 8, 0x20000, 0x20008, 0xffffffff        5 constants for one word: halve them
///                       at least 0x20000?
///            no  /                           \  yes
///           is 0? is 8?             is 0x20000? is 0x20008? is 0xffffffff?
/// </code>
/// </remarks>
/// <param name="graph">Where the nodes go.</param>
/// <param name="isBigEndian">Whether the upper half of an argument comes first.</param>
internal sealed partial class ArgumentTree(DecisionGraph graph, bool isBigEndian)
{
    /// <summary>From this many constants on that one word may equal, they are halved instead of tried one by one.</summary>
    private const int HalvedFrom = 5;

    /// <summary>More steps would make a longer program than the kernel takes.</summary>
    private const int MaxSteps = BpfCode.MaxInstructions;

    /// <summary>What the steps of one call may hold, in words: a thousand rules that exclude nothing of each other. Bounds the memory for hostile profiles.</summary>
    private const int MaxMemory = 1 << 20;

    private const uint RuleMark = 0x8000_0000;

    private readonly List<Condition> conditions = [];
    private readonly List<(int Node, int First, int Count)> rules = [];

    // Every step that was taken: what it had (in memory, from Start) and the node that came of it.
    private readonly List<(uint Hash, int Start, int Length, int Node)> steps = [];
    private uint[] memory = new uint[256];
    private int used;
    private int otherwise;

    /// <summary>Starts over with another system call.</summary>
    internal void Clear()
    {
        conditions.Clear();
        rules.Clear();
        steps.Clear();
        used = 0;
    }

    /// <summary>Adds a condition to the rule that <see cref="AddRule"/> ends.</summary>
    internal void AddCondition(in Condition condition) => conditions.Add(condition);

    /// <summary>Ends a rule of the conditions since the last one. All of them must hold; the first rule that matches decides.</summary>
    internal void AddRule(uint action)
    {
        int first = rules.Count == 0 ? 0 : rules[^1].First + rules[^1].Count;
        rules.Add((graph.Return(action), first, conditions.Count - first));
    }

    /// <summary>The node that decides the rules.</summary>
    /// <param name="defaultAction">The answer where no rule matches.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the rules need more instructions than the kernel takes.</exception>
    internal int Build(uint defaultAction)
    {
        otherwise = graph.Return(defaultAction);
        int start = used;
        for (int i = 0; i < rules.Count; i++)
        {
            Push(RuleMark | (uint)i);
            for (int c = 0; c < rules[i].Count; c++) Push((uint)(rules[i].First + c) << 2);
        }
        return Step(start, used - start, ArgumentFacts.None, default, answer: false);
    }

    // What is left of the rules is a list of words: RuleMark | rule, then for each open condition (condition << 2 | shown words).
    private int Step(int start, int length, in ArgumentFacts before, in WordTest test, bool answer)
    {
        ArgumentFacts facts = before.With(test, answer);
        int mine = used;
        if (Reduce(start, length, facts, test, answer, out WordTest next) is var leaf && leaf >= 0)
        {
            used = mine;
            return leaf;
        }
        int count = used - mine;
        PushFacts(mine, count, facts);
        if (Find(mine, out uint hash) is var known && known >= 0)
        {
            used = mine;
            return known;
        }
        if (steps.Count == MaxSteps) throw SeccompProgram.TooLong();
        int slot = steps.Count;
        steps.Add((hash, mine, used - mine, -1));

        next = Halve(mine, count, facts, next);
        int yes = Step(mine, count, facts, next, answer: true);
        int no = Step(mine, count, facts, next, answer: false);
        int node = Compare(next, yes, no);
        steps[slot] = steps[slot] with { Node = node };
        return node;
    }

    // Copies what the answer leaves of the rules to the end of the memory. Returns the leaf when that is decided, -1 otherwise.
    private int Reduce(int start, int length, in ArgumentFacts facts, in WordTest test, bool answer, out WordTest next)
    {
        next = default;
        int mine = used;
        for (int i = start; i < start + length;)
        {
            int rule = (int)(memory[i++] & ~RuleMark), mark = used;
            bool isDead = false;
            Push(RuleMark | (uint)rule);
            for (; i < start + length && memory[i] < RuleMark; i++)
            {
                if (isDead) continue;
                uint shown = memory[i] & 3;
                Condition condition = conditions[(int)(memory[i] >> 2)];
                Outcome outcome = test.Comparison == Comparison.Return ? Outcome.Open : Apply(condition, test, answer, ref shown);
                WordTest wanted = default;
                if (outcome == Outcome.Open) outcome = Resolve(condition, shown, facts, out wanted);
                if (outcome == Outcome.False) isDead = true;
                if (outcome != Outcome.Open) continue;
                if (next.Comparison == Comparison.Return) next = wanted;
                Push(memory[i] & ~3u | shown);
            }
            if (isDead)
            {
                used = mark;
                if (mark == mine) next = default;
            }
            else if (used == mark + 1)
            {
                // This rule matches now, so no later one is asked.
                return mark == mine ? rules[rule].Node : -1;
            }
        }
        return used == mine ? otherwise : -1;
    }

    // Where many constants are left that one word may equal, a comparison with the middle one. Not inlined: its buffer would stay on the stack.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WordTest Halve(int start, int count, in ArgumentFacts facts, in WordTest first)
    {
        if (first.Comparison != Comparison.Equal) return first;
        Span<uint> constants = stackalloc uint[256];
        int n = 0;
        for (int i = start; i < start + count && n < constants.Length; i++)
        {
            if (memory[i] >= RuleMark) continue;
            if (Resolve(conditions[(int)(memory[i] >> 2)], memory[i] & 3, facts, out WordTest test) == Outcome.Open
                && test.Word == first.Word && test.Comparison == Comparison.Equal && !constants[..n].Contains(test.Constant)) constants[n++] = test.Constant;
        }
        if (n < HalvedFrom) return first;
        constants[..n].Sort();
        return new WordTest(first.Word, Comparison.AtLeast, constants[n / 2]);
    }

    private int Compare(in WordTest test, int yes, int no)
    {
        int offset = 16 + (test.Word >> 1) * 8 + ((test.Word & 1) != 0 ^ isBigEndian ? 4 : 0);
        // Whether bits are all clear, or one bit is set, is one instruction; other masks take two.
        if (test.Comparison == Comparison.MaskedEqual && test.Constant == 0) return graph.Compare(Comparison.AnyBit, offset, test.Mask, no, yes);
        if (test.Comparison == Comparison.MaskedEqual && test.Constant == test.Mask && uint.IsPow2(test.Mask))
            return graph.Compare(Comparison.AnyBit, offset, test.Mask, yes, no);
        return graph.Compare(test.Comparison, offset, test.Constant, yes, no, test.Mask);
    }

    // The facts that open conditions can ask for belong to what a step has; the others would only keep equal steps apart.
    private void PushFacts(int start, int count, in ArgumentFacts facts)
    {
        uint words = 0;
        for (int i = start; i < start + count; i++)
        {
            if (memory[i] >= RuleMark) continue;
            Condition condition = conditions[(int)(memory[i] >> 2)];
            words |= (condition.IsNarrow ? 1u : 3u) << condition.Argument * 2;
        }
        for (int word = 0; word < ArgumentFacts.Words; word++)
        {
            if ((words & 1u << word) == 0) continue;
            Push(facts.Least(word));
            Push(facts.Most(word));
        }
    }

    private int Find(int start, out uint hash)
    {
        ReadOnlySpan<uint> mine = memory.AsSpan(start, used - start);
        hash = 0;
        foreach (uint word in mine) hash = uint.RotateLeft(hash ^ word, 7) * 0x9E37_79B1;
        foreach ((uint Hash, int Start, int Length, int Node) step in steps)
            if (step.Hash == hash && step.Node >= 0 && mine.SequenceEqual(memory.AsSpan(step.Start, step.Length))) return step.Node;
        return -1;
    }

    private void Push(uint word)
    {
        if (used == MaxMemory) throw SeccompProgram.TooLong();
        if (used == memory.Length) Array.Resize(ref memory, used * 2);
        memory[used++] = word;
    }
}
