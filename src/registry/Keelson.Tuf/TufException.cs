namespace Keelson.Tuf;

/// <summary>Metadata or a target was refused; what was trusted before stays trusted.</summary>
public sealed class TufException : KeelsonException
{
    /// <summary>Makes the error.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="message">Operation, object, cause; lower case, no full stop.</param>
    /// <param name="inner">The error beneath.</param>
    public TufException(TufFault fault, string message, Exception? inner = null) : base(KindOf(fault), message, inner) => Fault = fault;

    /// <summary>Why it was refused.</summary>
    public TufFault Fault { get; }

    private static ErrorKind KindOf(TufFault fault) => fault switch
    {
        TufFault.BadSignature => ErrorKind.PermissionDenied,
        TufFault.Rollback or TufFault.Expired => ErrorKind.FailedPrecondition,
        TufFault.Mismatch => ErrorKind.DataLoss,
        TufFault.NotFound => ErrorKind.NotFound,
        TufFault.Unavailable or TufFault.TooSlow => ErrorKind.Unavailable,
        _ => ErrorKind.InvalidArgument,
    };
}
