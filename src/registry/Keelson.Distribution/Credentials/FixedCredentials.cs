namespace Keelson.Distribution;

/// <summary>Credentials that the caller has at hand.</summary>
/// <param name="credentials">By host; <c>docker.io</c> for docker's registry.</param>
public sealed class FixedCredentials(IReadOnlyDictionary<string, RegistryCredential> credentials) : ICredentialSource
{
    /// <summary>No credentials at all.</summary>
    public static FixedCredentials None { get; } = new(new Dictionary<string, RegistryCredential>());

    /// <inheritdoc/>
    public ValueTask<RegistryCredential?> FindAsync(string host, CancellationToken cancellation) => new(credentials.GetValueOrDefault(host));
}
