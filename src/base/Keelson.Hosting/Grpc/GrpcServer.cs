using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Hosting.Grpc;

/// <summary>Serves gRPC over HTTP/2. Methods come from the generated code's <c>BindService</c>, which needs no reflection.</summary>
/// <remarks>
/// The protocol: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. A message is one byte, 1 when it is compressed, its length in four bytes,
/// the highest first, and the message. The status comes in trailers. Compressed messages are refused with Unimplemented, as the protocol asks of a server
/// that knows no compression.
/// </remarks>
/// <param name="options">Limits, and what errors become.</param>
/// <param name="logger">Hears of faults.</param>
public sealed class GrpcServer(GrpcServerOptions options, ILogger logger)
{
    private const string ContentType = "application/grpc";
    private readonly Dictionary<string, Lazy<Dictionary<string, GrpcMethod>>> services = new(StringComparer.Ordinal);

    /// <summary>Adds a service. Its methods are bound by the first call for it, because generic methods cost a program that is compiled ahead of time 0.3 ms each.</summary>
    /// <remarks>When calls are counted they are bound at once, so that all methods are there with zero.</remarks>
    /// <param name="name">Its name with the package: <c>containerd.services.images.v1.Images</c>.</param>
    /// <param name="bind">Gives the methods to a binder: <c>binder => Images.BindService(binder, service)</c>.</param>
    /// <returns>This server.</returns>
    public GrpcServer Add(string name, Action<ServiceBinderBase> bind)
    {
        ArgumentNullException.ThrowIfNull(bind);
        Lazy<Dictionary<string, GrpcMethod>> methods = new(() =>
        {
            MethodBinder binder = new(name, options);
            bind(binder);
            return binder.Methods;
        });
        services.Add(name, methods);
        if (options.Counters is not null) _ = methods.Value;
        return this;
    }

    private GrpcMethod? Find(string path)
    {
        // "/SERVICE/METHOD"
        int end = path.LastIndexOf('/');
        return end > 0 && services.TryGetValue(path[1..end], out Lazy<Dictionary<string, GrpcMethod>>? methods) ? methods.Value.GetValueOrDefault(path) : null;
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        HttpRequest request = context.Request;
        if (request.ContentType is not { } type || !type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        context.Response.ContentType = ContentType;
        string path = request.Path.Value ?? "";
        using GrpcCall call = new(context, path);
        if (Find(path) is not { } method) call.End(new(StatusCode.Unimplemented, $"unknown method {path}"));
        else
        {
            using Activity? activity = StartActivity(call, request.Headers);
            call.Counters = method.Counters;
            call.Counters?.Start();
            long start = Stopwatch.GetTimestamp();
            Status status = await InvokeAsync(method, context, call).ConfigureAwait(false);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            call.Counters?.End(status.StatusCode, elapsed);
            logger.Called(path, status.StatusCode, elapsed);
            if (activity is not null) EndActivity(activity, status);
            call.End(status);
        }
    }

    private async Task<Status> InvokeAsync(GrpcMethod method, HttpContext context, GrpcCall call)
    {
        try
        {
            if (options.Before is not null) await options.Before(context, call).ConfigureAwait(false);
            await method.InvokeAsync(call).ConfigureAwait(false);
            return call.Status;
        }
        catch (Exception e)
        {
            return Translate(e, call);
        }
    }

    /// <summary>Nobody listens as a rule, and then this does nothing.</summary>
    private Activity? StartActivity(GrpcCall call, IHeaderDictionary headers)
    {
        if (options.Activities is not { } source || !source.HasListeners()) return null;
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out ActivityContext parent);
        string name = call.Method.TrimStart('/');
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        Activity? activity = source.StartActivity(name, ActivityKind.Server, parent);
        activity?.SetTag("rpc.system", "grpc").SetTag("rpc.service", name[..slash]).SetTag("rpc.method", name[(slash + 1)..]);
        return activity;
    }

    private static void EndActivity(Activity activity, Status status)
    {
        activity.SetTag("rpc.grpc.status_code", (int)status.StatusCode);
        // Which codes are a server's failure: semantic conventions for gRPC, "gRPC Status".
        if (status.StatusCode is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss)
            activity.SetStatus(ActivityStatusCode.Error, status.Detail);
    }

    private Status Translate(Exception error, GrpcCall call)
    {
        if (error is RpcException refused) return refused.Status;
        if (call.IsLate) return new(StatusCode.DeadlineExceeded, "the deadline of the call is over");
        if (options.Translate?.Invoke(error) is { } known) return known;
        // The caller went away, or the daemon stops and ends the streams that wait.
        if (error is OperationCanceledException || call.CancellationToken.IsCancellationRequested) return new(StatusCode.Cancelled, "the call was cancelled");
        logger.Failed(call.Method, error);
        return new(StatusCode.Internal, $"{call.Method}: {error.Message}");
    }
}
