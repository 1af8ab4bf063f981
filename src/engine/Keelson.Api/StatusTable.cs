using Keelson.Ttrpc;

namespace Keelson.Api;

/// <summary>Which gRPC status a caller sees for an error of the engine.</summary>
internal static class StatusTable
{
    /// <summary>The status code of a kind of error; the clients of containerd turn it back into a kind. ttrpc's codes have the numbers of gRPC's.</summary>
    public static Grpc.Core.StatusCode Code(ErrorKind kind) => (Grpc.Core.StatusCode)kind.ToStatusCode();
}
