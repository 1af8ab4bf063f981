using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Http;

/// <summary>Which HTTP status and which words a caller sees for an error.</summary>
internal static class ErrorTable
{
    /// <summary>The status of a kind of error, as dockerd chooses it.</summary>
    public static int Status(ErrorKind kind) => kind switch
    {
        ErrorKind.NotFound => 404,
        ErrorKind.AlreadyExists => 409,
        ErrorKind.InvalidArgument => 400,
        ErrorKind.FailedPrecondition => 409,
        ErrorKind.PermissionDenied => 403,
        ErrorKind.Unsupported => 501,
        ErrorKind.Unavailable => 503,
        _ => 500,
    };

    /// <summary>What an error of the engine is to the caller; <see langword="null"/> for a fault of the daemon.</summary>
    public static (int Status, string Message)? Of(Exception error) => error switch
    {
        ApiException known => (known.Status, known.Message),
        KeelsonException known => (Status(known.Kind), known.FullMessage),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        _ => null,
    };
}
