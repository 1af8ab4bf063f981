namespace Keelson.Notary.Keys;

/// <summary>A key as a store has it: its private half wrapped.</summary>
/// <param name="Id">SHA-256 of the canonical public key in notary's dialect, hexadecimal.</param>
/// <param name="Algorithm"><c>ecdsa</c>, <c>ed25519</c> or <c>rsa</c>.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo (DER) of ECDSA and RSA keys, the 32 bytes of an Ed25519 key.</param>
/// <param name="Private">The private half as a JWE in compact form, RFC 7516 section 7.1.</param>
/// <param name="PassphraseAlias">Which passphrase it is wrapped with.</param>
/// <param name="Gun">The collection it is for.</param>
/// <param name="Role">The role it is for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="LastUsed">When it was known to sign last; <see langword="null"/>: it has signed nothing.</param>
public sealed record WrappedKey(string Id, string Algorithm, ReadOnlyMemory<byte> PublicKey, string Private, string PassphraseAlias, string Gun, string Role, DateTimeOffset CreatedAt, DateTimeOffset? LastUsed)
{
    /// <summary>How the content is encrypted, as the JWE's header says it.</summary>
    public const string EncryptionAlgorithm = "A256GCM";

    /// <summary>How the key of the content is wrapped, as the JWE's header says it.</summary>
    public const string WrapAlgorithm = "PBES2-HS256+A128KW";

    /// <summary>Its public half.</summary>
    public OnlineKey Public => new(Id, Algorithm, PublicKey, Gun, Role);

    /// <summary>Its name alone: not even what is wrapped belongs into a log.</summary>
    public override string ToString() => $"key {Id} of {Gun} {Role}";
}
