using Grpc.Core;
using Keelson.Hosting.Grpc;
using Keelson.Hosting.Metrics;

namespace Keelson.Api.Metrics;

/// <summary>Calls by method, under the names that gRPC's servers have for them with Prometheus.</summary>
internal static class GrpcFigures
{
    /// <summary>Writes them.</summary>
    /// <param name="writer">Takes them.</param>
    /// <param name="counters">The calls.</param>
    /// <param name="histograms">Whether to write how long calls took.</param>
    public static void Write(MetricsWriter writer, GrpcCounters counters, bool histograms)
    {
        IReadOnlyList<GrpcMethodCounters> methods = counters.Methods;
        writer.Counter("grpc_server_started_total", "Calls that began.");
        foreach (GrpcMethodCounters method in methods) writer.Sample("grpc_server_started_total", (ulong)method.Started, Labels(method));
        writer.Counter("grpc_server_handled_total", "Calls that ended, by status. A status other than OK is there from its first call on.");
        foreach (GrpcMethodCounters method in methods)
            for (StatusCode code = 0; (int)code < GrpcMethodCounters.StatusCount; code++)
                if (code == StatusCode.OK || method.Handled(code) > 0)
                    writer.Sample("grpc_server_handled_total", (ulong)method.Handled(code), [("grpc_code", code == StatusCode.Cancelled ? "Canceled" : code.ToString()), .. Labels(method)]);
        writer.Counter("grpc_server_msg_received_total", "Messages from callers.");
        foreach (GrpcMethodCounters method in methods) writer.Sample("grpc_server_msg_received_total", (ulong)method.Received, Labels(method));
        writer.Counter("grpc_server_msg_sent_total", "Messages to callers.");
        foreach (GrpcMethodCounters method in methods) writer.Sample("grpc_server_msg_sent_total", (ulong)method.Sent, Labels(method));
        if (histograms) WriteHistograms(writer, methods);
    }

    private static void WriteHistograms(MetricsWriter writer, IReadOnlyList<GrpcMethodCounters> methods)
    {
        const string Name = "grpc_server_handling_seconds";
        writer.Histogram(Name, "How long calls took, streams to their end. A method is there from its first call on.");
        foreach (GrpcMethodCounters method in methods.Where(method => method.Started > 0))
        {
            ulong below = 0;
            for (int i = 0; i <= GrpcMethodCounters.BucketSeconds.Count; i++)
            {
                below += (ulong)method.Bucket(i);
                double bound = i < GrpcMethodCounters.BucketSeconds.Count ? GrpcMethodCounters.BucketSeconds[i] : double.PositiveInfinity;
                writer.Sample(Name + "_bucket", below, [.. Labels(method), ("le", MetricsWriter.Number(bound))]);
            }
            writer.Sample(Name + "_sum", method.Elapsed.TotalSeconds, Labels(method));
            writer.Sample(Name + "_count", below, Labels(method));
        }
    }

    private static (string Name, string Value)[] Labels(GrpcMethodCounters method) => [("grpc_method", method.Method), ("grpc_service", method.Service), ("grpc_type", method.Type switch
    {
        MethodType.Unary => "unary",
        MethodType.ClientStreaming => "client_stream",
        MethodType.ServerStreaming => "server_stream",
        _ => "bidi_stream",
    })];
}
