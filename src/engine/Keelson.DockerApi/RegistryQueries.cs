using Keelson.Distribution;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi;

/// <summary>Asks registries with what the engine is configured with, or with what a client sent along.</summary>
public sealed class RegistryQueries(ImageServiceOptions options) : IRegistryQueries
{
    /// <inheritdoc/>
    public async Task<ManifestContent> FetchManifestAsync(ImageReference reference, RegistryCredential? credential, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(reference);
        using RegistryClient client = Client(reference.Repository.Registry, credential);
        return await client.FetchManifestAsync(reference, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task CheckAsync(string registry, RegistryCredential credential, CancellationToken cancel)
    {
        using RegistryClient client = Client(registry, credential);
        await client.PingAsync(registry, cancel).ConfigureAwait(false);
    }

    private RegistryClient Client(string registry, RegistryCredential? credential) => new(options.Client with
    {
        Hosts = options.Hosts,
        Credentials = credential is null ? options.Credentials : new FixedCredentials(new Dictionary<string, RegistryCredential> { [registry] = credential }),
    });
}
