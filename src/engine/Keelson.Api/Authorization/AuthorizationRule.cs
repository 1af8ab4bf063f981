namespace Keelson.Api.Authorization;

/// <summary>One rule: whom it is about, and whether they may. An empty list is about all.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Allows">Whether what it is about is allowed.</param>
public sealed record AuthorizationRule(string Name, bool Allows)
{
    /// <summary>User ids.</summary>
    public IReadOnlyList<uint> Users { get; init; } = [];

    /// <summary>Group ids.</summary>
    public IReadOnlyList<uint> Groups { get; init; } = [];

    /// <summary>Namespaces; a <c>*</c> at the end stands for anything.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Actions of <see cref="CallSubject"/>; a <c>*</c> at the end stands for anything.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Whether it is about a case.</summary>
    public bool IsAbout(CallSubject subject) =>
        (Users.Count == 0 || Users.Contains(subject.UserId)) && (Groups.Count == 0 || Groups.Contains(subject.GroupId))
        && Matches(Namespaces, subject.Namespace) && Matches(Actions, subject.Action);

    private static bool Matches(IReadOnlyList<string> patterns, string text) =>
        patterns.Count == 0 || patterns.Any(pattern => pattern.EndsWith('*') ? text.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == text);
}
