namespace Keelson.Distribution;

/// <summary>A registry refused a request, or could not serve it.</summary>
/// <remarks>distribution-spec 1.1 "Error Codes".</remarks>
public sealed class RegistryException : KeelsonException
{
    /// <summary>Makes an error.</summary>
    /// <param name="kind">What a caller can do about it.</param>
    /// <param name="message">Operation, reference, cause.</param>
    /// <param name="status">The HTTP status; 0 when there was no answer.</param>
    /// <param name="code">The registry's code, as <c>MANIFEST_UNKNOWN</c>; <see langword="null"/> when it gave none.</param>
    /// <param name="inner">The error beneath.</param>
    public RegistryException(ErrorKind kind, string message, int status = 0, string? code = null, Exception? inner = null) : base(kind, message, inner) =>
        (Status, Code) = (status, code);

    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public int Status { get; }

    /// <summary>The registry's code, as <c>MANIFEST_UNKNOWN</c>; <see langword="null"/> when it gave none.</summary>
    public string? Code { get; }
}
