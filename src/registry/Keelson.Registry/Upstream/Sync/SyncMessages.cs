using Keelson.Oci;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>What is logged of synchronising.</summary>
internal static partial class SyncMessages
{
    [LoggerMessage(Level = LogLevel.Information, Message = "synchronised {Repository}:{Tag} from upstream {Upstream}: {Digest}")]
    public static partial void Synchronised(this ILogger logger, string repository, string tag, string upstream, Digest digest);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Repository}:{Tag} was pushed here and is not synchronised with upstream {Upstream}")]
    public static partial void IsOurOwn(this ILogger logger, string repository, string tag, string upstream);

    [LoggerMessage(Level = LogLevel.Error, Message = "synchronise {Object} from upstream {Upstream}: {Cause}")]
    public static partial void SyncFailed(this ILogger logger, string @object, string upstream, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "upstream {Upstream} synchronised: {Copied} tags, {Unchanged} unchanged, {Kept} our own, {Failed} failed; {Blobs} blobs, {Bytes} bytes")]
    public static partial void RoundEnded(this ILogger logger, string upstream, int copied, int unchanged, int kept, int failed, int blobs, long bytes);
}
