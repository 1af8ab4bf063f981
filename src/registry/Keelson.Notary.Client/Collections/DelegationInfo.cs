namespace Keelson.Notary.Client;

/// <summary>A delegation, as people want to see it.</summary>
/// <param name="Role">Its name.</param>
/// <param name="Paths">Beginnings of names that it is entrusted with.</param>
/// <param name="KeyIds">Keys that may sign for it: identifiers of the bare keys, as they are called in the trust directory.</param>
/// <param name="Threshold">How many must sign.</param>
public sealed record DelegationInfo(string Role, IReadOnlyList<string> Paths, IReadOnlyList<string> KeyIds, int Threshold)
{
    /// <summary>The same keys by the identifiers of the metadata: those of certificates where keys stand in certificates. They are what gets pinned.</summary>
    public IReadOnlyList<string> MetadataKeyIds { get; init; } = [];
}
