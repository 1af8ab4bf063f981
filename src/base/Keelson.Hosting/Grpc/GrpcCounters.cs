using System.Collections.Concurrent;
using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>Counts the calls of a <see cref="GrpcServer"/> by method. Calls of methods that are not there are not counted: their names are the callers'.</summary>
public sealed class GrpcCounters
{
    private readonly ConcurrentDictionary<string, GrpcMethodCounters> methods = new(StringComparer.Ordinal);

    /// <summary>All methods, by name.</summary>
    public IReadOnlyList<GrpcMethodCounters> Methods => [.. methods.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];

    internal GrpcMethodCounters Add(IMethod method) => methods.GetOrAdd(method.FullName, _ => new(method.ServiceName, method.Name, method.Type));
}
