namespace Keelson.Notary.Client;

/// <summary>What a passphrase is wanted for.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Role">Its role, as its file says.</param>
/// <param name="Gun">Its collection; may be empty.</param>
/// <param name="IsNew">Whether the key is to be encrypted, so that the passphrase is new.</param>
/// <param name="Attempt">How often a wrong one came before: from 0.</param>
public sealed record PassphraseRequest(string KeyId, string Role, string Gun, bool IsNew, int Attempt);
