namespace Keelson.Registry.Signatures;

/// <summary>Who has signed, or says so.</summary>
/// <param name="Name">The file of the key, or the subject of the certificate; <see langword="null"/>: it is not told.</param>
/// <param name="IsVerified">Whether the signature is right and by a key, or under a root, that is trusted.</param>
internal readonly record struct Signer(string? Name, bool IsVerified);
