using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Notifications;

/// <summary>What notifications log. Addresses and headers may hold secrets: endpoints go by their names.</summary>
internal static partial class NotificationMessages
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "endpoint {Endpoint} does not take notifications: {Problem}")]
    public static partial void NotTaken(this ILogger logger, string endpoint, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "endpoint {Endpoint} has failed {Count} times, the last time: {Problem}; it is asked less often now")]
    public static partial void BacksOff(this ILogger logger, string endpoint, int count, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "endpoint {Endpoint} takes notifications again")]
    public static partial void TakesAgain(this ILogger logger, string endpoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "events for endpoint {Endpoint} are lost: the queue was too long, or damaged")]
    public static partial void EventsLost(this ILogger logger, string endpoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "endpoint {Endpoint} gets nothing more: the queue is not readable")]
    public static partial void QueueFailed(this ILogger logger, string endpoint, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "nobody will be told of {Action} in {Repository}")]
    public static partial void EventNotQueued(this ILogger logger, string action, string repository, Exception error);
}
