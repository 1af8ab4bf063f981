using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Tuf;

/// <summary>Signs metadata files: at once, or one person after the other with a file that is passed around.</summary>
public static class TufSigning
{
    /// <summary>A file with what is to be signed and no signature yet.</summary>
    /// <param name="signed">The member <c>signed</c>.</param>
    public static byte[] Unsigned(JsonObject signed)
    {
        ArgumentNullException.ThrowIfNull(signed);
        // Notary's server names a snapshot by the hash of the bytes that it would write itself: what is signed first, with sorted members, all compact.
        return JsonText.Write(new JsonObject { ["signed"] = Sorted(signed), ["signatures"] = new JsonArray() });
    }

    /// <summary>Adds signatures. One of a key that signed already replaces the one before.</summary>
    /// <param name="file">The file; what is signed in it stays byte for byte the same in canonical form.</param>
    /// <param name="dialect">Its dialect.</param>
    /// <param name="signers">Who signs.</param>
    /// <param name="keys">
    /// The keys that the role may use, by identifier: a signer goes by the identifier that its key has there. A signer whose key is not among them,
    /// and every one without this parameter, goes by the identifier of the dialect.
    /// </param>
    public static byte[] Add(ReadOnlyMemory<byte> file, ITufDialect dialect, IEnumerable<ITufSigner> signers, IReadOnlyDictionary<string, TufKey>? keys = null)
    {
        ArgumentNullException.ThrowIfNull(signers);
        TufEnvelope envelope = TufEnvelope.Parse(file, dialect);
        JsonObject tree = JsonText.Object(TufJson.Parse(file));
        foreach (ITufSigner signer in signers)
        {
            TufKey key = dialect.KeyOf(signer);
            TufKey? known = keys?.Values.FirstOrDefault(other => other.Verifier?.Fingerprint == key.Verifier?.Fingerprint);
            Put(tree, dialect.Sign((known ?? key).Id, signer, envelope.Canonical.Span));
        }
        return JsonText.Write(tree);
    }

    /// <summary>Puts the signatures of several copies of one file together.</summary>
    /// <param name="dialect">Their dialect.</param>
    /// <param name="files">The copies: the same metadata, each with the signatures of someone.</param>
    /// <exception cref="TufException"><see cref="TufFault.Mismatch"/>: what is signed is not the same.</exception>
    public static byte[] Merge(ITufDialect dialect, params IReadOnlyList<ReadOnlyMemory<byte>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        TufEnvelope first = TufEnvelope.Parse(files[0], dialect);
        JsonObject tree = JsonText.Object(TufJson.Parse(files[0]));
        foreach (ReadOnlyMemory<byte> file in files.Skip(1))
        {
            if (!TufEnvelope.Parse(file, dialect).Canonical.Span.SequenceEqual(first.Canonical.Span))
                throw new TufException(TufFault.Mismatch, "merge signatures: they are over different metadata");
            foreach (JsonElement signature in TufJson.Parse(file).GetProperty("signatures").EnumerateArray()) Put(tree, JsonText.Object(signature));
        }
        return JsonText.Write(tree);
    }

    /// <summary>Whose signatures a file has and whose it may still get.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dialect">Its dialect.</param>
    /// <param name="role">Whose signatures it needs.</param>
    /// <param name="keys">The keys of the one who delegates to the role.</param>
    /// <returns>For each key of the role, by identifier, whether its signature is there and right.</returns>
    public static IReadOnlyDictionary<string, bool> Status(ReadOnlyMemory<byte> file, ITufDialect dialect, TufRoleKeys role, IReadOnlyDictionary<string, TufKey> keys)
    {
        ArgumentNullException.ThrowIfNull(role);
        TufEnvelope envelope = TufEnvelope.Parse(file, dialect);
        return role.KeyIds.ToDictionary(id => id, id => TufThreshold.Count(envelope, new([id], 1), keys) == 1, StringComparer.Ordinal);
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members
            .OrderBy(member => member.Key, Comparer<string>.Create(static (a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b))))
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static void Put(JsonObject tree, JsonObject signature)
    {
        JsonArray signatures = tree["signatures"]!.AsArray();
        string id = signature["keyid"]!.GetValue<string>();
        for (int i = signatures.Count - 1; i >= 0; i--)
            if (signatures[i]!["keyid"]!.GetValue<string>() == id)
                signatures.RemoveAt(i);
        signatures.Add((JsonNode)signature);
    }
}
