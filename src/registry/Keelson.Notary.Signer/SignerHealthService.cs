using Grpc.Core;
using Grpc.Health.V1;
using Keelson.Notary.Keys;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Keelson.Notary.Signer;

/// <summary>The health service of gRPC, under the names that notary-server asks for. What it says is whether the keys can be asked.</summary>
internal sealed class SignerHealthService(IKeyService keys) : Health.HealthBase
{
    /// <summary>Notary's names of its two services.</summary>
    public const string KeyManagement = "grpc.health.v1.Health.KeyManagement", Signer = "grpc.health.v1.Health.Signer";

    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (request.Service is not ("" or KeyManagement or Signer)) throw new KeelsonException(ErrorKind.NotFound, $"check health of {request.Service}: there is no such service");
        try
        {
            await keys.CheckAsync(context.CancellationToken).ConfigureAwait(false);
            return new() { Status = ServingStatus.Serving };
        }
        catch (KeelsonException)
        {
            return new() { Status = ServingStatus.NotServing };
        }
    }
}
