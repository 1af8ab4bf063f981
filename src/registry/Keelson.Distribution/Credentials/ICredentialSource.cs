namespace Keelson.Distribution;

/// <summary>Keeps credentials of registries.</summary>
public interface ICredentialSource
{
    /// <summary>The credential for a host, or <see langword="null"/> when there is none.</summary>
    /// <param name="host">Host, and port where there is one; <c>docker.io</c> for docker's registry.</param>
    /// <param name="cancellation">Ends the search.</param>
    ValueTask<RegistryCredential?> FindAsync(string host, CancellationToken cancellation);
}
