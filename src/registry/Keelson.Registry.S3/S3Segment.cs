using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Registry.S3;

/// <summary>A part of a file that is appended to: an object of its own.</summary>
/// <remarks>
/// <code>
/// FILE/~000000000000-5be1a0c2      the bytes from offset 0 on
/// FILE/~000000a00000-91c40b7d      those from 0xa00000 on
/// </code>
/// A key is written once, with bytes that never change: the number at its end is random. Where two begin at one offset, the longer one counts; a writer whose last
/// part is too short for S3 writes it again with more behind it, and then removes the short one.
/// </remarks>
/// <param name="Key">Key of the object.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">When it was written.</param>
internal readonly record struct S3Segment(string Key, long Offset, long Length, DateTimeOffset Modified)
{
    /// <summary>First character of the name; no file of a registry begins with it.</summary>
    public const char Mark = '~';

    /// <summary>Where it ends.</summary>
    public long End => Offset + Length;

    /// <summary>The key of a new part.</summary>
    /// <param name="file">Key of the file.</param>
    /// <param name="offset">Where it begins.</param>
    public static string NewKey(string file, long offset) => string.Create(CultureInfo.InvariantCulture, $"{file}/{Mark}{offset:x12}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    /// <summary>Reads the offset out of a key.</summary>
    /// <param name="file">Key of the file.</param>
    /// <param name="key">Key of the object.</param>
    /// <param name="offset">Where it begins.</param>
    /// <returns>Whether it is one of a part.</returns>
    public static bool TryParse(string file, string key, out long offset)
    {
        offset = 0;
        return key.Length == file.Length + 23 && key[file.Length + 1] == Mark && long.TryParse(key.AsSpan(file.Length + 2, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out offset);
    }

    /// <summary>Takes the parts that make the file, in their order, from all that are there in the order of their keys.</summary>
    public static List<S3Segment> Chain(IEnumerable<S3Segment> all)
    {
        List<S3Segment> chain = [];
        foreach (S3Segment segment in all)
        {
            if (chain.Count > 0 && chain[^1].Offset == segment.Offset)
            {
                if (segment.Length > chain[^1].Length) chain[^1] = segment;
            }
            else if (segment.Offset == (chain.Count == 0 ? 0 : chain[^1].End))
            {
                chain.Add(segment);
            }
        }
        return chain;
    }

    /// <summary>A text that is the same for the same parts and so for the same bytes.</summary>
    public static string VersionOf(IReadOnlyList<S3Segment> chain) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', chain.Select(segment => segment.Key)))));
}
