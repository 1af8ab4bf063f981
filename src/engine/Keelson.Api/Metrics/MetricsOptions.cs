using Keelson.Hosting.Grpc;

namespace Keelson.Api.Metrics;

/// <summary>What a <see cref="MetricsServer"/> tells besides figures of the engine.</summary>
/// <param name="Calls">Calls of gRPC by method.</param>
public sealed record MetricsOptions(GrpcCounters Calls)
{
    /// <summary>Whether to tell how long calls took; no by default, as containerd's <c>grpc_histogram</c>.</summary>
    public bool HasCallHistograms { get; init; }
}
