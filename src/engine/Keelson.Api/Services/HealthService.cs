using Grpc.Core;
using Grpc.Health.V1;

namespace Keelson.Api;

/// <summary>The health service of gRPC. The daemon answers from the moment on that it serves, so what it answers is that it does, until it stops.</summary>
internal sealed class HealthService(CancellationToken stopped) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (request.Service.Length > 0) throw new KeelsonException(ErrorKind.NotFound, $"check health of {request.Service}: the health of single services is not kept");
        return Task.FromResult(new HealthCheckResponse { Status = Now });
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        bool isKnown = request.Service.Length == 0;
        await responseStream.WriteAsync(new() { Status = isKnown ? Now : HealthCheckResponse.Types.ServingStatus.ServiceUnknown }, context.CancellationToken).ConfigureAwait(false);
        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = stopped.Register(stopping.SetResult);
        await stopping.Task.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        if (isKnown) await responseStream.WriteAsync(new() { Status = Now }, context.CancellationToken).ConfigureAwait(false);
    }

    private HealthCheckResponse.Types.ServingStatus Now =>
        stopped.IsCancellationRequested ? HealthCheckResponse.Types.ServingStatus.NotServing : HealthCheckResponse.Types.ServingStatus.Serving;
}
