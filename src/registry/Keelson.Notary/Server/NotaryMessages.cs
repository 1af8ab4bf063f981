using Microsoft.Extensions.Logging;

namespace Keelson.Notary.Server;

/// <summary>What a server says in its log.</summary>
internal static partial class NotaryMessages
{
    [LoggerMessage(1, LogLevel.Error, "answer {Method} of collection {Gun}")]
    public static partial void RequestFailed(this ILogger logger, string method, string gun, Exception why);

    [LoggerMessage(2, LogLevel.Error, "make timestamp of {Gun} anew")]
    public static partial void RenewalFailed(this ILogger logger, string gun, Exception why);

    [LoggerMessage(3, LogLevel.Warning, "collection {Gun} has no timestamp that this server can sign; clients refuse it when it has expired")]
    public static partial void CannotRenew(this ILogger logger, string gun);
}
