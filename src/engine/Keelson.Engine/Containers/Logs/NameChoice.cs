using System.Text.RegularExpressions;

namespace Keelson.Engine.Containers;

/// <summary>Which labels or variables go into the lines of a log.</summary>
/// <param name="Names">By their names.</param>
/// <param name="Pattern">And by a regular expression; <see langword="null"/> for none.</param>
internal sealed record NameChoice(IReadOnlyList<string> Names, Regex? Pattern)
{
    /// <summary>How long a look at one name may take: the expression is whoever makes a container's.</summary>
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>None of them.</summary>
    public static NameChoice None { get; } = new([], null);

    /// <summary>These, and those that match.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no regular expression.</exception>
    public NameChoice Matching(string pattern)
    {
        try
        {
            return this with { Pattern = new(pattern, RegexOptions.CultureInvariant, PatternLimit) };
        }
        catch (ArgumentException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"log option: '{pattern}' is no regular expression", e);
        }
    }

    /// <summary>Whether a name is chosen.</summary>
    public bool Has(string name)
    {
        if (Names.Contains(name)) return true;
        try
        {
            return Pattern?.IsMatch(name) == true;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
