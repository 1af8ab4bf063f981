using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Keelson.Hosting.Grpc;

/// <summary>What the log is told.</summary>
internal static partial class HostingMessages
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Method} failed by a fault of the daemon")]
    public static partial void Failed(this ILogger logger, string method, Exception error);

    [LoggerMessage(EventId = 2, Level = LogLevel.Debug, Message = "call {Method}: {Status} in {Elapsed}")]
    public static partial void Called(this ILogger logger, string method, StatusCode status, TimeSpan elapsed);
}
