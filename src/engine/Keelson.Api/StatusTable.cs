using Grpc.Core;

namespace Keelson.Api;

/// <summary>Which gRPC status a caller sees for an error of the engine.</summary>
internal static class StatusTable
{
    /// <summary>The status code of a kind of error; the clients of containerd turn it back into a kind.</summary>
    public static StatusCode Code(ErrorKind kind) => kind switch
    {
        ErrorKind.NotFound => StatusCode.NotFound,
        ErrorKind.AlreadyExists => StatusCode.AlreadyExists,
        ErrorKind.InvalidArgument => StatusCode.InvalidArgument,
        ErrorKind.FailedPrecondition => StatusCode.FailedPrecondition,
        ErrorKind.PermissionDenied => StatusCode.PermissionDenied,
        ErrorKind.Unsupported => StatusCode.Unimplemented,
        ErrorKind.Unavailable => StatusCode.Unavailable,
        ErrorKind.DataLoss => StatusCode.DataLoss,
        _ => StatusCode.Unknown,
    };
}
