namespace Keelson.Docker;

/// <summary>An answer of the engine that is an error.</summary>
public sealed class DockerException : KeelsonException
{
    /// <summary>Makes the error of an answer.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="message">What the engine says.</param>
    public DockerException(int status, string message) : base(KindOf(status), message) => Status = status;

    /// <summary>The HTTP status; 0 when the error came in the middle of a stream.</summary>
    public int Status { get; }

    private static ErrorKind KindOf(int status) => status switch
    {
        400 or 406 => ErrorKind.InvalidArgument,
        401 or 403 => ErrorKind.PermissionDenied,
        404 => ErrorKind.NotFound,
        409 => ErrorKind.FailedPrecondition,
        501 => ErrorKind.Unsupported,
        503 => ErrorKind.Unavailable,
        _ => ErrorKind.Unknown,
    };
}
