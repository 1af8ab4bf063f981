using Microsoft.Extensions.Logging;

namespace Keelson.Registry;

/// <summary>What a registry logs.</summary>
internal static partial class RegistryMessages
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void Failed(this ILogger logger, string method, string? path, Exception error);
}
