namespace Keelson.Tuf;

/// <summary>Counts who signed.</summary>
public static class TufThreshold
{
    /// <summary>How many distinct keys of a role signed a file.</summary>
    /// <remarks>Counted are keys and not identifiers: one key under two identifiers counts once. Stops as soon as the threshold is reached.</remarks>
    /// <param name="envelope">The file.</param>
    /// <param name="role">Whose signatures it needs.</param>
    /// <param name="keys">The keys of the one who delegates to the role.</param>
    public static int Count(TufEnvelope envelope, TufRoleKeys role, IReadOnlyDictionary<string, TufKey> keys)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(keys);
        HashSet<string> signed = new(StringComparer.Ordinal);
        foreach (TufSignature signature in envelope.Signatures)
        {
            if (signature.Value.IsEmpty || !role.KeyIds.Contains(signature.KeyId) || keys.GetValueOrDefault(signature.KeyId)?.Verifier is not { } verifier) continue;
            if (!signed.Contains(verifier.Fingerprint) && verifier.Verify(envelope.Canonical.Span, signature.Value.Span, signature.Method)) signed.Add(verifier.Fingerprint);
            if (signed.Count >= role.Threshold) break;
        }
        return signed.Count;
    }

    /// <summary>Refuses a file that too few signed.</summary>
    /// <param name="name">The role, for the message.</param>
    /// <param name="envelope">The file.</param>
    /// <param name="role">Whose signatures it needs.</param>
    /// <param name="keys">The keys of the one who delegates to the role.</param>
    /// <exception cref="TufException"><see cref="TufFault.BadSignature"/>.</exception>
    public static void Check(string name, TufEnvelope envelope, TufRoleKeys role, IReadOnlyDictionary<string, TufKey> keys)
    {
        int count = Count(envelope, role, keys);
        if (count < role.Threshold) throw new TufException(TufFault.BadSignature, $"verify {name}: signed by {count} keys of {role.Threshold}");
    }
}
