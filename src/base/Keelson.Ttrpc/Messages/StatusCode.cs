namespace Keelson.Ttrpc;

/// <summary>How a call ended. The numbers are those of gRPC, <c>google.rpc.Code</c>.</summary>
public enum StatusCode
{
    /// <summary>It was done.</summary>
    Ok = 0,
    /// <summary>The caller gave it up.</summary>
    Canceled = 1,
    /// <summary>No better code is known.</summary>
    Unknown = 2,
    /// <summary>The request is wrong, whatever the state of the system.</summary>
    InvalidArgument = 3,
    /// <summary>It took longer than the caller allowed.</summary>
    DeadlineExceeded = 4,
    /// <summary>The object does not exist.</summary>
    NotFound = 5,
    /// <summary>The object exists already.</summary>
    AlreadyExists = 6,
    /// <summary>The caller may not do it.</summary>
    PermissionDenied = 7,
    /// <summary>A limit was reached.</summary>
    ResourceExhausted = 8,
    /// <summary>Not in the present state of the object.</summary>
    FailedPrecondition = 9,
    /// <summary>It was broken off, as by another change.</summary>
    Aborted = 10,
    /// <summary>Beyond the end.</summary>
    OutOfRange = 11,
    /// <summary>There is no such method.</summary>
    Unimplemented = 12,
    /// <summary>A fault of the server.</summary>
    Internal = 13,
    /// <summary>It may work when tried again.</summary>
    Unavailable = 14,
    /// <summary>Data is damaged.</summary>
    DataLoss = 15,
    /// <summary>The caller is not known.</summary>
    Unauthenticated = 16,
}
