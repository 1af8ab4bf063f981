namespace Keelson.Notary.Client;

/// <summary>What a key file says of its key, readable without the passphrase.</summary>
/// <param name="Id">The key's identifier, which names the file.</param>
/// <param name="Role">Its role: <c>root</c>, <c>targets</c>, <c>snapshot</c>, or a name of a delegation, often a person's; empty when not said.</param>
/// <param name="Gun">The collection; empty for roots and delegations, which serve many.</param>
/// <param name="Path">The file.</param>
/// <param name="IsEncrypted">Whether it needs a passphrase.</param>
public sealed record TrustKeyInfo(string Id, string Role, string Gun, string Path, bool IsEncrypted);
