using Microsoft.Extensions.Logging;

namespace Keelson.Registry;

/// <summary>What a registry logs.</summary>
internal static partial class RegistryMessages
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void Failed(this ILogger logger, string method, string? path, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} old pushes given up")]
    public static partial void Purged(this ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "garbage collected: {Manifests} manifests, {Links} links, {Blobs} blobs, {Bytes} bytes")]
    public static partial void Collected(this ILogger logger, int manifests, int links, int blobs, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "{What} failed")]
    public static partial void TidyingFailed(this ILogger logger, string what, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "health: {Check}: {Problem}; requests are refused until it is well again")]
    public static partial void Unhealthy(this ILogger logger, string check, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "health: {Check} is well again")]
    public static partial void Healthy(this ILogger logger, string check);
}
