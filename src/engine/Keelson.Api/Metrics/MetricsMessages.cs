using Microsoft.Extensions.Logging;

namespace Keelson.Api.Metrics;

/// <summary>What the log is told.</summary>
internal static partial class MetricsMessages
{
    [LoggerMessage(Level = LogLevel.Error, Message = "metrics could not be put together")]
    public static partial void ScrapeFailed(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "what snapshots take could not be counted for the metrics")]
    public static partial void CountFailed(this ILogger logger, Exception error);
}
