namespace Keelson.Tuf;

/// <summary>One signature of metadata.</summary>
/// <param name="KeyId">Identifier of the key, as the metadata has it.</param>
/// <param name="Method">Notary's name of the method; null in TUF 1.0.</param>
/// <param name="Value">The signature's bytes. Empty where a tool left a place for someone who has not signed yet.</param>
public sealed record TufSignature(string KeyId, string? Method, ReadOnlyMemory<byte> Value);
