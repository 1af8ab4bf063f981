namespace Keelson.Tuf;

/// <summary>A public key as metadata holds it.</summary>
/// <param name="Id">Its identifier, which the dialect derives from the content.</param>
/// <param name="KeyType">The member <c>keytype</c>.</param>
/// <param name="Scheme">The member <c>scheme</c>; empty in notary's dialect.</param>
/// <param name="Public">The member <c>keyval.public</c>.</param>
/// <param name="Verifier">The parsed key; null when its type or scheme is not known here. Such a key never counts towards a threshold.</param>
public sealed record TufKey(string Id, string KeyType, string Scheme, string Public, ITufVerifier? Verifier);
