namespace Keelson.Ttrpc;

/// <summary>The table between Keelson's kinds of errors and the codes on the wire.</summary>
public static class StatusCodes
{
    /// <summary>The code for an error.</summary>
    public static StatusCode ToStatusCode(this ErrorKind kind) => kind switch
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

    /// <summary>The kind of error that a code stands for.</summary>
    public static ErrorKind ToErrorKind(this StatusCode code) => code switch
    {
        StatusCode.NotFound => ErrorKind.NotFound,
        StatusCode.AlreadyExists => ErrorKind.AlreadyExists,
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ErrorKind.InvalidArgument,
        StatusCode.FailedPrecondition => ErrorKind.FailedPrecondition,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated => ErrorKind.PermissionDenied,
        StatusCode.Unimplemented => ErrorKind.Unsupported,
        StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.Aborted or StatusCode.DeadlineExceeded or StatusCode.Canceled => ErrorKind.Unavailable,
        StatusCode.DataLoss => ErrorKind.DataLoss,
        _ => ErrorKind.Unknown,
    };
}
