using Keelson.Registry.Store;

namespace Keelson.Registry.Policies;

/// <summary>Something that has to be so before a manifest is taken, beyond what the specification asks for.</summary>
internal interface IPushRule
{
    /// <summary>Refuses a manifest, or lets it pass.</summary>
    /// <param name="repository">Where it goes.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="tags">Tags that are set to it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RegistryFault">It is refused.</exception>
    ValueTask CheckAsync(string repository, StoredManifest manifest, IReadOnlyList<string> tags, CancellationToken cancel);
}
