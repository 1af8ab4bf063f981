using Keelson.Oci;
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

    [LoggerMessage(Level = LogLevel.Error, Message = "store damaged: {What} (repaired: {IsRepaired})")]
    public static partial void Damaged(this ILogger logger, string what, bool isRepaired);

    [LoggerMessage(Level = LogLevel.Information, Message = "store looked through: {Contents} pieces of content, {Bytes} bytes, {Faults} faults, {Repaired} repaired")]
    public static partial void Scrubbed(this ILogger logger, long contents, long bytes, long faults, long repaired);

    [LoggerMessage(Level = LogLevel.Information, Message = "retention: tag {Tag} of {Repository} at {Digest} goes (dry run: {IsTrial})")]
    public static partial void TagGoes(this ILogger logger, string repository, string tag, Digest digest, bool isTrial);

    [LoggerMessage(Level = LogLevel.Information, Message = "retention: manifest {Digest} of {Repository} goes (dry run: {IsTrial})")]
    public static partial void ManifestGoes(this ILogger logger, string repository, Digest digest, bool isTrial);

    [LoggerMessage(Level = LogLevel.Error, Message = "{What} failed")]
    public static partial void TidyingFailed(this ILogger logger, string what, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "health: {Check}: {Problem}; requests are refused until it is well again")]
    public static partial void Unhealthy(this ILogger logger, string check, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "health: {Check} is well again")]
    public static partial void Healthy(this ILogger logger, string check);
}
