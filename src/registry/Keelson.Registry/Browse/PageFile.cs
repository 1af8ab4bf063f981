using Keelson.Oci;

namespace Keelson.Registry.Browse;

/// <summary>A file of the page.</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Content">What is in it.</param>
/// <param name="ETag">Tells it from that of another version.</param>
internal sealed record PageFile(string MediaType, ReadOnlyMemory<byte> Content, string ETag)
{
    /// <summary>Reads one out of the library.</summary>
    public static PageFile Read(string name, string mediaType)
    {
        using Stream stream = typeof(PageFile).Assembly.GetManifestResourceStream("page/" + name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new(mediaType, content, $"\"{Digest.Of(content).Hex[..16]}\"");
    }
}
