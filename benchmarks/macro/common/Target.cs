using System.Globalization;

namespace Keelson.Bench;

/// <summary>A promise of docs/SPECIFICATION.md about speed or size: a ratio to a peer, or a bound.</summary>
/// <param name="Case">The case.</param>
/// <param name="Metric">Metric of the case.</param>
/// <param name="Peer">Who is compared with; empty for a bound.</param>
/// <param name="Factor">Our median is at most this times the peer's, plus <paramref name="Plus"/>.</param>
/// <param name="Plus">In the metric's unit.</param>
internal sealed record Target(string Case, string Metric, string Peer, double Factor, double Plus = 0)
{
    /// <summary>Prints which promises hold in these results.</summary>
    /// <returns>How many were missed.</returns>
    public static int Print(TextWriter output, IEnumerable<Target> all, Results results, string ours)
    {
        int missed = 0;
        output.WriteLine($"\npromises of {ours}");
        foreach (Target target in all)
        {
            Series? mine = results.Find(target.Case, ours, target.Metric), other = results.Find(target.Case, target.Peer, target.Metric);
            if (mine is not { Count: > 0 } || (target.Peer.Length > 0 && other is not { Count: > 0 })) continue;
            double bound = (other?.Median ?? 0) * target.Factor + target.Plus;
            bool isVoid = (results.IsVoid(mine) && target.Metric != "failed") || (other is not null && results.IsVoid(other));
            bool holds = !isVoid && mine.Median <= bound;
            if (!holds) missed++;
            string against = target.Peer.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{target.Factor:0.##} x {target.Peer}{(target.Plus > 0 ? $" + {target.Plus}" : "")} = ");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(isVoid ? "void" : holds ? "held" : "MISSED"),-7}{target.Case + " " + target.Metric,-20} {mine.Median,10:0.00} <= {against}{bound:0.00} {mine.Unit}"));
        }
        output.Flush();
        return missed;
    }
}
