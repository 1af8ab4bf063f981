using Keelson.Distribution;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>What the errors of upstreams are to clients: they learn of them that there is something wrong, and the log what.</summary>
internal static class UpstreamErrors
{
    /// <summary>Whether an upstream says that there is nothing, be it because it does not show it. Registries answer 401 or 403 for what they do not have.</summary>
    public static bool IsAbsence(this KeelsonException error, UpstreamRegistry upstream, ILogger logger)
    {
        if (error.Kind == ErrorKind.NotFound) return true;
        if (error is not RegistryException { Kind: ErrorKind.PermissionDenied, Status: 401 or 403 }) return false;
        logger.UpstreamRefuses(upstream.Name, error.Message);
        return true;
    }

    /// <summary>The answer to a client.</summary>
    public static RegistryFault ToFault(this KeelsonException error, UpstreamRegistry upstream, ILogger logger)
    {
        if (error.Kind == ErrorKind.Unavailable) return new(RegistryErrorCode.Unavailable, $"upstream {upstream.Name} does not answer", null, error);
        logger.UpstreamIsWrong(upstream.Name, error.Message);
        return new(RegistryErrorCode.BadUpstream, $"upstream {upstream.Name} sent what is not taken", null, error);
    }
}
