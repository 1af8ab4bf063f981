using System.Text.RegularExpressions;

namespace Keelson.Registry.Retention;

/// <summary>Tags that stay. Of several conditions one is enough; without any, all tags of the patterns stay.</summary>
public sealed record KeepRule
{
    /// <summary>Which tags it is about: those that one of these matches somewhere; all when there is none. They should be <see cref="RegexOptions.NonBacktracking"/>: whoever pushes chooses the tags.</summary>
    public IReadOnlyList<Regex> Patterns { get; init; } = [];

    /// <summary>So many that were set last stay.</summary>
    public int NewestPushed { get; init; }

    /// <summary>So many stay whose manifests were pulled last; those that never were are none of them.</summary>
    public int NewestPulled { get; init; }

    /// <summary>Those stay that were set within this time.</summary>
    public TimeSpan? PushedWithin { get; init; }

    /// <summary>Those stay whose manifests were pulled within this time.</summary>
    public TimeSpan? PulledWithin { get; init; }

    /// <summary>Whether there is no condition.</summary>
    public bool KeepsAll => NewestPushed == 0 && NewestPulled == 0 && PushedWithin is null && PulledWithin is null;

    /// <summary>Whether it is about a tag.</summary>
    public bool IsAbout(string tag) => Patterns.Count == 0 || Patterns.Any(pattern => pattern.IsMatch(tag));
}
