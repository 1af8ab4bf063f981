namespace Keelson.Notary.Client;

/// <summary>A notary server refused something.</summary>
public sealed class NotaryException : KeelsonException
{
    /// <summary>Makes the error.</summary>
    /// <param name="kind">What a caller can do about it.</param>
    /// <param name="message">Operation, object, cause; lower case, no full stop.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">The server's code: <c>METADATA_NOT_FOUND</c>, <c>INVALID_UPDATE</c>; null when it gave none.</param>
    /// <param name="inner">The error beneath.</param>
    public NotaryException(ErrorKind kind, string message, int status, string? code = null, Exception? inner = null) : base(kind, message, inner) => (Status, Code) = (status, code);

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The server's code, or null.</summary>
    public string? Code { get; }
}
