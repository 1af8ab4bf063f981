namespace Keelson.Tuf;

/// <summary>Why metadata or a target was refused.</summary>
public enum TufFault
{
    /// <summary>The bytes are not strict JSON, or a member is missing, of the wrong kind or out of range.</summary>
    Malformed,
    /// <summary>The metadata is of another type than the role that it was served for.</summary>
    WrongType,
    /// <summary>Fewer distinct keys of the role signed than its threshold asks for.</summary>
    BadSignature,
    /// <summary>A key cannot be used: its identifier is not of its content, it is too short, or not on its curve.</summary>
    BadKey,
    /// <summary>A version is below one that was trusted, a version is skipped, or a role is gone from the snapshot.</summary>
    Rollback,
    /// <summary>The metadata has expired.</summary>
    Expired,
    /// <summary>A hash, a length or a version differs from what trusted metadata says.</summary>
    Mismatch,
    /// <summary>There are more bytes than the limit.</summary>
    TooLarge,
    /// <summary>Bytes come slower than the minimum rate.</summary>
    TooSlow,
    /// <summary>There are more roots or delegations than the limit.</summary>
    TooMany,
    /// <summary>The repository lacks a file that it must have, or no role describes the target.</summary>
    NotFound,
    /// <summary>The repository does not answer.</summary>
    Unavailable,
    /// <summary>A name or a path leads out of where it may lead.</summary>
    BadPath,
}
