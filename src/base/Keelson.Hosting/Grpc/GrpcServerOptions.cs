using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Keelson.Hosting.Grpc;

/// <summary>How a <see cref="GrpcServer"/> works.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>Longest message that is taken, in bytes; 4 MiB by default, as gRPC's.</summary>
    public int ReceiveLimitBytes { get; init; } = 4 << 20;

    /// <summary>Longest message that is sent, in bytes; without limit by default.</summary>
    public int SendLimitBytes { get; init; } = int.MaxValue;

    /// <summary>The status of an error that is no <see cref="RpcException"/>; <see langword="null"/> for one that is a fault.</summary>
    public Func<Exception, Status?>? Translate { get; init; }

    /// <summary>Is called before each call that has a method; what it throws ends the call. It may set headers of the response.</summary>
    public Func<HttpContext, ServerCallContext, ValueTask>? Before { get; init; }

    /// <summary>Counts the calls; <see langword="null"/> for nobody.</summary>
    public GrpcCounters? Counters { get; init; }

    /// <summary>Makes an activity of each call, a child of the one that its header <c>traceparent</c> names; <see langword="null"/> for none.</summary>
    /// <remarks>W3C Trace Context section 3; names and tags: OpenTelemetry semantic conventions for RPC.</remarks>
    public ActivitySource? Activities { get; init; }
}
