namespace Keelson.Registry.Notifications;

/// <summary>Who is told of what happens.</summary>
public sealed record NotificationOptions
{
    /// <summary>Who.</summary>
    public required IReadOnlyList<NotificationEndpoint> Endpoints { get; init; }

    /// <summary>Whether they are told what a manifest refers to.</summary>
    public bool IncludesReferences { get; init; }

    /// <summary>Name and port of this registry, as it tells them.</summary>
    public string Source { get; init; } = Environment.MachineName;

    /// <summary>Folder of the queue in its store.</summary>
    public string Folder { get; init; } = ".keelson/events";

    /// <summary>Most bytes that wait: 64 MiB. When there are more the oldest go, and the log says so.</summary>
    public long QueueLimitBytes { get; init; } = 64 << 20;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
