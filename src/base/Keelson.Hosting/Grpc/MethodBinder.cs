using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>Takes the methods that generated code offers.</summary>
internal sealed class MethodBinder(Dictionary<string, GrpcMethod> methods, GrpcServerOptions options) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) methods.Add(method.FullName, new UnaryMethod<TRequest, TResponse>(method, handler, options));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) methods.Add(method.FullName, new ServerStreamMethod<TRequest, TResponse>(method, handler, options));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) methods.Add(method.FullName, new ClientStreamMethod<TRequest, TResponse>(method, handler, options));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null) methods.Add(method.FullName, new DuplexMethod<TRequest, TResponse>(method, handler, options));
    }
}
