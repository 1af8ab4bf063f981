using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Keelson.Api;

/// <summary>Turns the errors of the engine into statuses, for every kind of call.</summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context).ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e, context) is { } translated)
        {
            throw translated;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e, context) is { } translated)
        {
            throw translated;
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e, context) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>The error that the caller gets in place of another one; <see langword="null"/> for one that is a status already.</summary>
    private RpcException? Translate(Exception error, ServerCallContext context)
    {
        if (error is RpcException) return null;
        if (error is KeelsonException known) return Status(StatusTable.Code(known.Kind), known.FullMessage);
        // The caller went away, or the daemon stops and ends the streams that wait.
        if (error is OperationCanceledException || context.CancellationToken.IsCancellationRequested) return Status(StatusCode.Cancelled, "the call was cancelled");
        logger.LogError(error, "{Method} failed by a fault of the daemon", context.Method);
        return Status(StatusCode.Internal, $"{context.Method}: {error.Message}");
    }

    private static RpcException Status(StatusCode code, string message) => new(new Status(code, message));
}
