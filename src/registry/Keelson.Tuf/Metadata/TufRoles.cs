namespace Keelson.Tuf;

/// <summary>Names of the four roles that every repository has, without the end <c>.json</c>.</summary>
public static class TufRoles
{
    /// <summary>Says which keys the others have.</summary>
    public const string Root = "root";
    /// <summary>Says which snapshot is the newest; signed often.</summary>
    public const string Timestamp = "timestamp";
    /// <summary>Says which metadata belong together.</summary>
    public const string Snapshot = "snapshot";
    /// <summary>Says which targets there are, and to whom it delegates.</summary>
    public const string Targets = "targets";

    /// <summary>All four, in the order in which a client reads them.</summary>
    public static IReadOnlyList<string> TopLevel { get; } = [Root, Timestamp, Snapshot, Targets];

    /// <summary>Whether the name is one of the four, which no delegation may take.</summary>
    public static bool IsTopLevel(string role) => role is Root or Timestamp or Snapshot or Targets;
}
