using Keelson.Api.Authorization;
using Keelson.Hosting.Grpc;

namespace Keelson.Api;

/// <summary>How the services are served.</summary>
public sealed record ApiOptions
{
    /// <summary>Longest message that is taken, in bytes.</summary>
    public int ReceiveLimitBytes { get; init; } = ApiHosting.MessageLimitBytes;

    /// <summary>Longest message that is sent, in bytes.</summary>
    public int SendLimitBytes { get; init; } = ApiHosting.MessageLimitBytes;

    /// <summary>Decides who may do what; <see langword="null"/>: everybody who can open the socket may do everything.</summary>
    public ICallAuthorizer? Authorizer { get; init; }

    /// <summary>Counts the calls; <see langword="null"/> for nobody.</summary>
    public GrpcCounters? Counters { get; init; }
}
