namespace Keelson.Tuf;

/// <summary>The public half of a key, parsed and ready to verify. Safe for several threads.</summary>
public interface ITufVerifier
{
    /// <summary>SHA-256 of the key itself, in hexadecimal: two identifiers of one key have one fingerprint, and count once towards a threshold.</summary>
    string Fingerprint { get; }

    /// <summary>Whether the signature is of this key over this data.</summary>
    /// <param name="data">What was signed.</param>
    /// <param name="signature">The signature, decoded from hexadecimal or base64.</param>
    /// <param name="method">Notary's name of the method; null in TUF 1.0, where the key says it.</param>
    bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, string? method);
}
