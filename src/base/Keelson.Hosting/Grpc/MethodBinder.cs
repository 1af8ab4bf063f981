using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>Takes the methods that generated code offers.</summary>
/// <param name="service">The service that they belong to.</param>
/// <param name="options">Of the server.</param>
internal sealed class MethodBinder(string service, GrpcServerOptions options) : ServiceBinderBase
{
    /// <summary>What was taken, by path.</summary>
    public Dictionary<string, GrpcMethod> Methods { get; } = new(StringComparer.Ordinal);

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) Add(method, new UnaryMethod<TRequest, TResponse>(method, handler, options));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) Add(method, new ServerStreamMethod<TRequest, TResponse>(method, handler, options));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) Add(method, new ClientStreamMethod<TRequest, TResponse>(method, handler, options));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) Add(method, new DuplexMethod<TRequest, TResponse>(method, handler, options));
    }

    private void Add(IMethod method, GrpcMethod bound)
    {
        if (method.ServiceName != service) throw new InvalidOperationException($"bind {method.FullName}: the service was added as {service}");
        Methods.Add(method.FullName, bound);
    }
}
