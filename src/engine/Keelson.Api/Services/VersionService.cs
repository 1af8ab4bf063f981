using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using V1 = Containerd.Services.Version.V1;

namespace Keelson.Api;

/// <summary>containerd's Version service.</summary>
internal sealed class VersionService(EngineInfo engine) : V1.Version.VersionBase
{
    public override Task<V1.VersionResponse> Version(Empty request, ServerCallContext context) =>
        Task.FromResult(new V1.VersionResponse { Version = engine.Version, Revision = engine.Revision });
}
