namespace Keelson.Tuf;

/// <summary>What a timestamp or a snapshot says of another metadata file.</summary>
/// <param name="Version">Its version; 0 in notary's dialect, which says none.</param>
/// <param name="LengthBytes">Its length, when said.</param>
/// <param name="Hashes">Its digests, when said; always in notary's dialect.</param>
public sealed record TufMetaFile(long Version, long? LengthBytes, TufHashes? Hashes)
{
    /// <summary>Compares a file with what is said of it.</summary>
    /// <param name="role">Its role, for the message.</param>
    /// <param name="content">The whole file.</param>
    /// <exception cref="TufException"><see cref="TufFault.Mismatch"/>.</exception>
    public void Check(string role, ReadOnlySpan<byte> content)
    {
        if (LengthBytes is { } length && content.Length != length) throw new TufException(TufFault.Mismatch, $"verify {role}: {content.Length} bytes and not {length}");
        if (Hashes is { } hashes && !hashes.Match(content)) throw new TufException(TufFault.Mismatch, $"verify {role}: another hash");
    }
}
