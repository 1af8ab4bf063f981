using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Keelson.Registry.Tests.S3;

/// <summary>An object of <see cref="S3Server"/>: bytes that copies share.</summary>
[SuppressMessage("Security", "CA5351", Justification = "The tags of S3 are MD5, and clients compare them.")]
internal sealed record S3Object(IReadOnlyList<ReadOnlyMemory<byte>> Pieces, string ETag, DateTimeOffset Modified)
{
    public long Length { get; } = Pieces.Sum(piece => (long)piece.Length);

    public static S3Object Of(ReadOnlyMemory<byte> content, DateTimeOffset now) => new([content], Tag(content.Span), now);

    /// <summary>What a multipart upload makes: its tag is the hash of those of its parts, and their number.</summary>
    public static S3Object Of(IReadOnlyList<S3Object> parts, DateTimeOffset now)
    {
        byte[] tags = [.. parts.SelectMany(part => Convert.FromHexString(part.ETag))];
        return new([.. parts.SelectMany(part => part.Pieces)], $"{Tag(tags)}-{parts.Count}", now);
    }

    /// <summary>Some of its bytes as an object.</summary>
    public S3Object Part(long from, long length, DateTimeOffset now)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (ReadOnlyMemory<byte> piece in Pieces)
        {
            long skip = Math.Min(from, piece.Length), take = Math.Min(length, piece.Length - skip);
            if (take > 0)
            {
                pieces.Add(piece.Slice((int)skip, (int)take));
                hash.AppendData(pieces[^1].Span);
            }
            (from, length) = (from - skip, length - take);
        }
        return new(pieces, Convert.ToHexStringLower(hash.GetHashAndReset()), now);
    }

    private static string Tag(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(MD5.HashData(content));
}
