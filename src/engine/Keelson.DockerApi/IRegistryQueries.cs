using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.DockerApi;

/// <summary>Questions to registries that bring nothing.</summary>
public interface IRegistryQueries
{
    /// <summary>What a name stands for.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="credential">What to show; <see langword="null"/> for what the engine is configured with.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The document's descriptor and its bytes.</returns>
    /// <exception cref="RegistryException">What the registry refused or could not serve.</exception>
    Task<ManifestContent> FetchManifestAsync(ImageReference reference, RegistryCredential? credential, CancellationToken cancel);

    /// <summary>Whether a registry takes a credential.</summary>
    /// <param name="registry">Host, or host and port.</param>
    /// <param name="credential">What to show.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="RegistryException">PermissionDenied: it does not. Others: it could not be asked.</exception>
    Task CheckAsync(string registry, RegistryCredential credential, CancellationToken cancel);
}
