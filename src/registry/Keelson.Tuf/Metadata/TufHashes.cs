using System.Security.Cryptography;
using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>Digests of one file, of the algorithms that are known here: sha256, sha384, sha512.</summary>
public sealed class TufHashes
{
    private readonly (HashAlgorithmName Algorithm, byte[] Digest)[] digests;

    private TufHashes((HashAlgorithmName, byte[])[] digests) => this.digests = digests;

    /// <summary>The digest by which a file is named: sha256 when there is one, else the first.</summary>
    public ReadOnlyMemory<byte> Preferred
    {
        get
        {
            foreach ((HashAlgorithmName algorithm, byte[] digest) in digests)
                if (algorithm == HashAlgorithmName.SHA256)
                    return digest;
            return digests[0].Digest;
        }
    }

    /// <summary>The algorithms and their digests.</summary>
    public IEnumerable<(HashAlgorithmName Algorithm, ReadOnlyMemory<byte> Digest)> All => digests.Select(pair => (pair.Algorithm, (ReadOnlyMemory<byte>)pair.Digest));

    /// <summary>Digests of bytes that are at hand, by sha256 and sha512.</summary>
    /// <param name="content">The whole file.</param>
    public static TufHashes Of(ReadOnlySpan<byte> content) =>
        new([(HashAlgorithmName.SHA256, SHA256.HashData(content)), (HashAlgorithmName.SHA512, SHA512.HashData(content))]);

    /// <summary>A digest that is known already.</summary>
    /// <param name="digest">32 bytes.</param>
    public static TufHashes FromSha256(ReadOnlySpan<byte> digest) =>
        digest.Length == SHA256.HashSizeInBytes ? new([(HashAlgorithmName.SHA256, digest.ToArray())]) : throw new ArgumentException("32 bytes", nameof(digest));

    /// <summary>Whether all known digests are those of the bytes.</summary>
    /// <param name="content">The whole file.</param>
    public bool Match(ReadOnlySpan<byte> content)
    {
        foreach ((HashAlgorithmName algorithm, byte[] digest) in digests)
            if (!CryptographicOperations.HashData(algorithm, content).AsSpan().SequenceEqual(digest))
                return false;
        return true;
    }

    /// <summary>Reads the member <c>hashes</c>.</summary>
    /// <exception cref="TufException">A digest has the wrong length, or none is of a known algorithm.</exception>
    internal static TufHashes Read(JsonElement hashes, ITufDialect dialect)
    {
        List<(HashAlgorithmName, byte[])> known = new(2);
        foreach (JsonProperty pair in hashes.EnumerateObject())
        {
            (HashAlgorithmName algorithm, int length) = pair.Name switch
            {
                "sha256" => (HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
                "sha384" => (HashAlgorithmName.SHA384, SHA384.HashSizeInBytes),
                "sha512" => (HashAlgorithmName.SHA512, SHA512.HashSizeInBytes),
                _ => default,
            };
            if (length == 0) continue;
            if (pair.Value.ValueKind != JsonValueKind.String) throw JsonMembers.Malformed($"{pair.Name} is not a string");
            byte[] digest = dialect.DecodeHash(pair.Value);
            if (digest.Length != length) throw JsonMembers.Malformed($"{pair.Name} has {digest.Length} bytes and not {length}");
            known.Add((algorithm, digest));
        }
        return known.Count > 0 ? new([.. known]) : throw JsonMembers.Malformed("no hash of a known algorithm");
    }
}
