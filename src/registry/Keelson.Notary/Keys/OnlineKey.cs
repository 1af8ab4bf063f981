namespace Keelson.Notary.Keys;

/// <summary>The public half of a key that a signer keeps for a server.</summary>
/// <param name="Id">Its identifier: SHA-256 of the canonical public key in notary's dialect, hexadecimal.</param>
/// <param name="Algorithm"><c>ecdsa</c>, <c>ed25519</c> or <c>rsa</c>.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo (DER) of ECDSA and RSA keys, the 32 bytes of an Ed25519 key.</param>
/// <param name="Gun">The collection it is for.</param>
/// <param name="Role">The role it is for.</param>
public sealed record OnlineKey(string Id, string Algorithm, ReadOnlyMemory<byte> PublicKey, string Gun, string Role);
