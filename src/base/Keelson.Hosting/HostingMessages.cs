using Microsoft.Extensions.Logging;

namespace Keelson.Hosting;

/// <summary>What servers log.</summary>
internal static partial class HostingMessages
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "TLS with {Client}: {Problem}")]
    public static partial void HandshakeFailed(this ILogger logger, System.Net.EndPoint? client, string problem);
}
