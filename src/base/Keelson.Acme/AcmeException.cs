namespace Keelson.Acme;

/// <summary>An authority did not give a certificate.</summary>
/// <param name="kind">What a caller can do about it.</param>
/// <param name="message">The step, and the cause.</param>
/// <param name="problem">The kind of problem that the authority named, as <c>rateLimited</c>; <see langword="null"/>: none. RFC 8555 section 6.7.</param>
/// <param name="retryAfter">When it wants to be asked again; <see langword="null"/>: it did not say.</param>
/// <param name="inner">The error beneath.</param>
public sealed class AcmeException(ErrorKind kind, string message, string? problem = null, TimeSpan? retryAfter = null, Exception? inner = null) : KeelsonException(kind, message, inner)
{
    /// <summary>The kind of problem that the authority named, as <c>rateLimited</c>.</summary>
    public string? Problem { get; } = problem;

    /// <summary>When it wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
