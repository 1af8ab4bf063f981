using Grpc.Core;

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
}
