namespace Keelson.Seccomp;

/// <summary>
/// Decides a system call's number: ranges of numbers with one decision each, cut where their weights balance.
/// </summary>
/// <remarks>
/// <code>
/// 0        135   136            248     258  ...        450      0x40000000
/// |  allow  | a(1) |    allow    | errno | allow  ...  | ENOSYS | kill        ranges
///
///                  at least 248?                                              tree
///             no /              \ yes
///        is 135?             at least 450?
///      yes/    \no             ...
///   arguments  allow
/// </code>
/// A range counts with the sum of its calls' weights, so what programs call often lies near the root.
/// </remarks>
/// <param name="graph">Where the nodes go.</param>
internal sealed class NumberTree(DecisionGraph graph)
{
    private readonly List<(uint Start, int Node, long WeightBefore)> ranges = [];
    private long total;

    /// <summary>Starts over.</summary>
    internal void Clear()
    {
        ranges.Clear();
        total = 0;
    }

    /// <summary>Gives the numbers from <paramref name="start"/> to the next call's start a decision.</summary>
    /// <param name="start">Not below the start of the call before, which it replaces when it is the same.</param>
    /// <param name="node">The decision.</param>
    /// <param name="weight">How often it is needed; at least 1.</param>
    internal void Add(uint start, int node, int weight)
    {
        if (ranges.Count > 0 && ranges[^1].Start == start)
        {
            total = ranges[^1].WeightBefore;
            ranges.RemoveAt(ranges.Count - 1);
        }
        if (ranges.Count == 0 || ranges[^1].Node != node) ranges.Add((start, node, total));
        total += weight;
    }

    /// <summary>The node that decides the number.</summary>
    internal int Build() => Build(0, ranges.Count);

    private int Build(int from, int to)
    {
        if (to - from == 1) return ranges[from].Node;
        // One number amid a range: one comparison instead of two.
        if (to - from == 3 && ranges[from].Node == ranges[from + 2].Node && ranges[from + 2].Start - ranges[from + 1].Start == 1)
            return graph.Compare(Comparison.Equal, 0, ranges[from + 1].Start, ranges[from + 1].Node, ranges[from].Node);

        long before = ranges[from].WeightBefore, after = to == ranges.Count ? total : ranges[to].WeightBefore;
        int cut = from + 1;
        while (cut < to - 1 && Heavier(cut + 1) < Heavier(cut)) cut++;
        int no = Build(from, cut), yes = Build(cut, to);
        return graph.Compare(Comparison.AtLeast, 0, ranges[cut].Start, yes, no);

        long Heavier(int at) => Math.Max(ranges[at].WeightBefore - before, after - ranges[at].WeightBefore);
    }
}
