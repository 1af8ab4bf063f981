using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>A method that can be called.</summary>
/// <param name="counters">What is counted of it; <see langword="null"/> for nothing.</param>
internal abstract class GrpcMethod(GrpcMethodCounters? counters)
{
    public GrpcMethodCounters? Counters => counters;

    /// <summary>Reads what is asked, does it and answers; the status is the server's to send.</summary>
    public abstract Task InvokeAsync(GrpcCall call);
}

/// <summary>One request, one response.</summary>
internal sealed class UnaryMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler, GrpcServerOptions options) : GrpcMethod(options.Counters?.Add(method))
    where TRequest : class
    where TResponse : class
{
    public override async Task InvokeAsync(GrpcCall call)
    {
        TRequest request = await new MessageReader<TRequest>(call, method.RequestMarshaller, options).ReadOnlyOneAsync().ConfigureAwait(false);
        TResponse response = await handler(request, call).ConfigureAwait(false);
        await new MessageWriter<TResponse>(call, method.ResponseMarshaller, options).WriteAsync(response).ConfigureAwait(false);
    }
}

/// <summary>One request, a stream of responses.</summary>
internal sealed class ServerStreamMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler, GrpcServerOptions options) : GrpcMethod(options.Counters?.Add(method))
    where TRequest : class
    where TResponse : class
{
    public override async Task InvokeAsync(GrpcCall call)
    {
        TRequest request = await new MessageReader<TRequest>(call, method.RequestMarshaller, options).ReadOnlyOneAsync().ConfigureAwait(false);
        await handler(request, new MessageWriter<TResponse>(call, method.ResponseMarshaller, options), call).ConfigureAwait(false);
    }
}

/// <summary>A stream of requests, one response.</summary>
internal sealed class ClientStreamMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler, GrpcServerOptions options) : GrpcMethod(options.Counters?.Add(method))
    where TRequest : class
    where TResponse : class
{
    public override async Task InvokeAsync(GrpcCall call)
    {
        TResponse response = await handler(new MessageReader<TRequest>(call, method.RequestMarshaller, options), call).ConfigureAwait(false);
        await new MessageWriter<TResponse>(call, method.ResponseMarshaller, options).WriteAsync(response).ConfigureAwait(false);
    }
}

/// <summary>Streams both ways.</summary>
internal sealed class DuplexMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler, GrpcServerOptions options) : GrpcMethod(options.Counters?.Add(method))
    where TRequest : class
    where TResponse : class
{
    public override Task InvokeAsync(GrpcCall call) =>
        handler(new MessageReader<TRequest>(call, method.RequestMarshaller, options), new MessageWriter<TResponse>(call, method.ResponseMarshaller, options), call);
}
