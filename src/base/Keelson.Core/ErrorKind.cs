namespace Keelson;

/// <summary>What a caller can do about an error. Exit codes, HTTP and gRPC status are derived from it at the edge.</summary>
public enum ErrorKind
{
    /// <summary>No better kind is known; the message says what happened.</summary>
    Unknown,
    /// <summary>The named object does not exist.</summary>
    NotFound,
    /// <summary>An object of this name exists already.</summary>
    AlreadyExists,
    /// <summary>The request itself is wrong, whatever the state of the system.</summary>
    InvalidArgument,
    /// <summary>The request is right, but not in the present state of the object.</summary>
    FailedPrecondition,
    /// <summary>The caller may not do this.</summary>
    PermissionDenied,
    /// <summary>The machine lacks a feature that the request needs.</summary>
    Unsupported,
    /// <summary>It may work when tried again.</summary>
    Unavailable,
    /// <summary>Stored data is damaged.</summary>
    DataLoss,
}
