namespace Keelson.Registry;

/// <summary>An answer that is an error: <c>{"errors":[{"code":…,"message":…,"detail":…}]}</c>. distribution-spec 1.1 "Error Codes".</summary>
/// <param name="code">What a program reads.</param>
/// <param name="message">What a person reads.</param>
/// <param name="detail">The object that it is about; <see langword="null"/> for none.</param>
/// <param name="inner">The error beneath.</param>
internal sealed class RegistryFault(RegistryErrorCode code, string message, string? detail = null, Exception? inner = null) : Exception(message, inner)
{
    public RegistryErrorCode Code { get; } = code;

    public string? Detail { get; } = detail;

    /// <summary>Headers of the answer besides.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}
