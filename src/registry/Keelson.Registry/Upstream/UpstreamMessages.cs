using Keelson.Oci;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>What is logged of upstreams.</summary>
internal static partial class UpstreamMessages
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "upstream {Upstream}: {Text}")]
    public static partial void UpstreamWarns(this ILogger logger, string upstream, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "upstream {Upstream} does not answer: {Cause}")]
    public static partial void UpstreamIsDown(this ILogger logger, string upstream, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "upstream {Upstream} answers again")]
    public static partial void UpstreamAnswers(this ILogger logger, string upstream);

    [LoggerMessage(Level = LogLevel.Warning, Message = "upstream {Upstream} refuses: {Cause}")]
    public static partial void UpstreamRefuses(this ILogger logger, string upstream, string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "upstream {Upstream} sent what is not taken: {Cause}")]
    public static partial void UpstreamIsWrong(this ILogger logger, string upstream, string cause);

    [LoggerMessage(Level = LogLevel.Debug, Message = "upstream {Upstream}: fetched {Repository}@{Digest}, {Bytes} bytes")]
    public static partial void UpstreamFetched(this ILogger logger, string upstream, RepositoryName repository, Digest digest, long bytes);
}
