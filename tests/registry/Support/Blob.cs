using System.Security.Cryptography;
using System.Text;
using Keelson.Oci;

namespace Keelson.Registry.Tests;

/// <summary>Content that a test pushes.</summary>
/// <param name="Bytes">The content.</param>
public sealed record Blob(byte[] Bytes)
{
    public Blob(string text) : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public string Digest { get; } = Oci.Digest.Of(Bytes).ToString();

    /// <summary>The same by sha512.</summary>
    public string Sha512 => "sha512:" + Convert.ToHexStringLower(SHA512.HashData(Bytes));

    /// <summary>Random bytes.</summary>
    public static Blob Random(int length = 1000) => new(RandomNumberGenerator.GetBytes(length));

    /// <summary>Refers to it, as JSON.</summary>
    public string Descriptor(string mediaType = MediaTypes.OciLayer) => $$"""{"mediaType":"{{mediaType}}","digest":"{{Digest}}","size":{{Bytes.Length}}}""";
}
