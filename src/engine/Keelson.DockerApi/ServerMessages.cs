using Microsoft.Extensions.Logging;

namespace Keelson.DockerApi;

/// <summary>What the server logs.</summary>
internal static partial class ServerMessages
{
    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed by a fault of the daemon")]
    public static partial void Failed(this ILogger logger, string method, string? path, Exception error);
}
