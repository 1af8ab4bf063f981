namespace Keelson.Cni;

/// <summary>An error with the number that it has between a plug-in and its caller.</summary>
public sealed class CniException : KeelsonException
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">Its number.</param>
    /// <param name="message">Operation, object, cause.</param>
    /// <param name="inner">The error beneath.</param>
    public CniException(CniErrorCode code, string message, Exception? inner = null) : base(KindOf(code), message, inner) => Code = code;

    /// <summary>Its number.</summary>
    public CniErrorCode Code { get; }

    /// <summary>The number of an error that has none.</summary>
    public static CniErrorCode CodeOf(KeelsonException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error switch
        {
            CniException known => known.Code,
            { Kind: ErrorKind.InvalidArgument } => CniErrorCode.InvalidConfiguration,
            { Kind: ErrorKind.AlreadyExists } => CniErrorCode.Conflict,
            { Kind: ErrorKind.FailedPrecondition } => CniErrorCode.NoAddress,
            { Kind: ErrorKind.Unavailable } => CniErrorCode.TryAgainLater,
            { Kind: ErrorKind.DataLoss } => CniErrorCode.InputOutput,
            _ => CniErrorCode.Internal,
        };
    }

    private static ErrorKind KindOf(CniErrorCode code) => code switch
    {
        CniErrorCode.UnknownContainer => ErrorKind.NotFound,
        CniErrorCode.IncompatibleVersion or CniErrorCode.UnsupportedField => ErrorKind.Unsupported,
        CniErrorCode.InvalidEnvironment or CniErrorCode.InvalidConfiguration or CniErrorCode.InvalidNamespace => ErrorKind.InvalidArgument,
        CniErrorCode.CannotDecode or CniErrorCode.InputOutput => ErrorKind.DataLoss,
        CniErrorCode.TryAgainLater or CniErrorCode.NotAvailable or CniErrorCode.LimitedConnectivity => ErrorKind.Unavailable,
        _ => ErrorKind.FailedPrecondition,
    };
}
