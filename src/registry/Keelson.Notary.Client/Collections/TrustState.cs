namespace Keelson.Notary.Client;

/// <summary>A collection as it is trusted now.</summary>
/// <param name="Root">The newest root.</param>
/// <param name="Files">Root, targets, snapshot and delegated roles, by role.</param>
/// <param name="Unverified">Delegated roles that the snapshot names and that their keys do not hold any more; a witness can take them up again.</param>
/// <param name="IsPublished">Whether the server has it; otherwise it was begun here and waits for its first publication.</param>
internal sealed record TrustState(TufRoot Root, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Unverified, bool IsPublished)
{
    /// <summary>The version of each role: what a publication goes by to see that somebody else was faster.</summary>
    public string Versions { get; } = string.Join(' ', Files.OrderBy(file => file.Key, StringComparer.Ordinal)
        .Select(file => $"{file.Key}={TufEnvelope.Parse(file.Value, Root.Envelope.Dialect).Signed.GetProperty("version")}"));
}
