using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>One metadata file: what is signed, and the signatures. It is not trusted yet.</summary>
public sealed class TufEnvelope
{
    /// <summary>The most signatures that a file may carry: 1024.</summary>
    public const int MaximumSignatures = 1024;

    private byte[]? canonical;

    private TufEnvelope(ReadOnlyMemory<byte> bytes, JsonElement signed, IReadOnlyList<TufSignature> signatures, ITufDialect dialect) =>
        (Bytes, Signed, Signatures, Dialect) = (bytes, signed, signatures, dialect);

    /// <summary>The file as it came. Stored and hashed as it is, so that nothing is lost that this library does not know.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The member <c>signed</c> with all of its members, known or not.</summary>
    public JsonElement Signed { get; }

    /// <summary>The signatures; each key at most once.</summary>
    public IReadOnlyList<TufSignature> Signatures { get; }

    /// <summary>The dialect that it was read in.</summary>
    public ITufDialect Dialect { get; }

    /// <summary>What the signatures are over: the canonical form of the whole tree <see cref="Signed"/>.</summary>
    public ReadOnlyMemory<byte> Canonical => canonical ??= CanonicalJson.Write(Signed);

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">The file; not changed while the envelope is in use.</param>
    /// <param name="dialect">Its dialect.</param>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>.</exception>
    public static TufEnvelope Parse(ReadOnlyMemory<byte> bytes, ITufDialect dialect) => Parse(bytes, TufJson.Parse(bytes), dialect);

    /// <summary>Reads a file whose JSON was read before.</summary>
    /// <param name="bytes">The file; not changed while the envelope is in use.</param>
    /// <param name="file">What <see cref="TufJson.Parse"/> gave for it.</param>
    /// <param name="dialect">Its dialect.</param>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>.</exception>
    public static TufEnvelope Parse(ReadOnlyMemory<byte> bytes, JsonElement file, ITufDialect dialect)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        JsonElement signed = file.Member("signed", JsonValueKind.Object), list = file.Member("signatures", JsonValueKind.Array);
        if (list.GetArrayLength() > MaximumSignatures) throw JsonMembers.Malformed($"more than {MaximumSignatures} signatures");
        List<TufSignature> signatures = new(list.GetArrayLength());
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (JsonElement item in list.EnumerateArray())
        {
            signatures.Add(dialect.ReadSignature(item));
            if (!ids.Add(signatures[^1].KeyId)) throw JsonMembers.Malformed("two signatures of one key");
        }
        return new(bytes, signed, signatures, dialect);
    }
}
