using Keelson.Registry.Events;

namespace Keelson.Registry.Notifications;

/// <summary>Somebody who is told of what happens, by HTTP.</summary>
public sealed record NotificationEndpoint
{
    /// <summary>Its name: letters, digits, <c>-</c>, <c>_</c> and dots. Its place in the queue is kept under it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it gets them, http or https.</summary>
    public required Uri Url { get; init; }

    /// <summary>Headers of each request, such as <c>Authorization</c>. They are written to no log.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>How long one request may take: a second, as distribution.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After so many failures in a row each next try waits: 10.</summary>
    public int Threshold { get; init; } = 10;

    /// <summary>How long the first of them waits: a second. Each further one waits twice as long, up to <see cref="BackoffLimit"/>.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a try waits at most: five minutes.</summary>
    public TimeSpan BackoffLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>It is not told of content of these media types.</summary>
    public IReadOnlySet<string> IgnoredMediaTypes { get; init; } = new HashSet<string>();

    /// <summary>It is not told of these actions.</summary>
    public IReadOnlySet<EventAction> IgnoredActions { get; init; } = new HashSet<EventAction>();

    /// <summary>Most events of one request: 100. A backlog goes in several requests.</summary>
    public int BatchLimit { get; init; } = 100;

    /// <summary>Whether it is told of content of a media type.</summary>
    internal bool Wants(EventAction action, string mediaType) => !IgnoredActions.Contains(action) && !IgnoredMediaTypes.Contains(mediaType);
}
