using System.Globalization;

namespace Keelson.Attacks;

/// <summary>One system call of a command that goes wrong, counted from where the command gets to its work.</summary>
/// <param name="Who">Whose call: <c>r</c> the runtime's, <c>c</c> that of the processes it clones.</param>
/// <param name="Ordinal">Which call; 0 for none.</param>
/// <param name="What">An errno, or <c>kill</c>: the runtime dies of SIGKILL instead.</param>
internal readonly record struct Fault(char Who, int Ordinal, string What)
{
    /// <summary>No fault: only counts.</summary>
    public static Fault None => new('r', 0, "kill");

    /// <summary>The words before the command line that bring the fault about.</summary>
    /// <param name="log">A file that <see cref="FaultLog"/> reads afterwards.</param>
    /// <param name="mark">Part of a path; counting starts at the first call that names it.</param>
    public string[] Launcher(string log, string mark) =>
        [AttackProgram.Path("fault"), log, mark, Who.ToString(), Ordinal.ToString(CultureInfo.InvariantCulture), What];

    /// <summary>Up to <paramref name="most"/> of the ordinals 1 to <paramref name="total"/>, evenly spread, the first and the last among them.</summary>
    public static IEnumerable<int> Ordinals(int total, int most)
    {
        if (total <= most) return Enumerable.Range(1, total);
        return Enumerable.Range(0, most).Select(i => 1 + (int)((long)i * (total - 1) / (most - 1)));
    }
}
