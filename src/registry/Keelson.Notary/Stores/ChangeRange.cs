namespace Keelson.Notary.Stores;

/// <summary>Which lines of the feed of changes are asked for.</summary>
/// <param name="IsBackwards">From a line to those before it.</param>
/// <param name="Id">The line, which is not among them; 0 backwards: the end.</param>
/// <param name="Count">How many at most.</param>
internal readonly record struct ChangeRange(bool IsBackwards, long Id, int Count)
{
    /// <summary>Reads the two numbers as notary-server does: a negative line is the end, and asks backwards whatever the sign of the count.</summary>
    public static ChangeRange Of(long changeId, int records) => new(changeId < 0 || records < 0, Math.Max(changeId, 0), records == int.MinValue ? int.MaxValue : Math.Abs(records));

    /// <summary>The lines between which they are, both excluded.</summary>
    public (long Above, long Below) Bounds => IsBackwards ? (-1, Id > 0 ? Id : long.MaxValue) : (Id, long.MaxValue);

    /// <summary>Whether a line is among them, as far as its number says.</summary>
    public bool Has(long id) => id > Bounds.Above && id < Bounds.Below;
}
