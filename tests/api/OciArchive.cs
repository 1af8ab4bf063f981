using System.Formats.Tar;
using System.Text;
using Keelson.Oci;

namespace Keelson.Api.Tests;

/// <summary>A small image as an archive that <c>ctr images import</c> takes.</summary>
internal static class OciArchive
{
    /// <summary>Writes an image of one layer, tagged <c>t1</c>.</summary>
    /// <returns>The digest of its manifest.</returns>
    public static Digest Write(string path)
    {
        using TarWriter archive = new(File.Create(path));
        Add(archive, "oci-layout", Encoding.UTF8.GetBytes("""{"imageLayoutVersion":"1.0.0"}"""));
        byte[] layer = Layer();
        byte[] config = Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(layer)}}}"]}}""");
        const string Vendor = "application/vnd.oci.image";
        byte[] manifest = Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{Vendor}}}.manifest.v1+json",
            "config":{"mediaType":"{{{Vendor}}}.config.v1+json","digest":"{{{Digest.Of(config)}}}","size":{{{config.Length}}}},
            "layers":[{"mediaType":"{{{Vendor}}}.layer.v1.tar","digest":"{{{Digest.Of(layer)}}}","size":{{{layer.Length}}}}]}
            """);
        foreach (byte[] blob in (ReadOnlySpan<byte[]>)[layer, config, manifest]) Add(archive, "blobs/sha256/" + Digest.Of(blob).Hex, blob);
        Add(archive, "index.json", Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"manifests":[{"mediaType":"{{{Vendor}}}.manifest.v1+json","digest":"{{{Digest.Of(manifest)}}}","size":{{{manifest.Length}}},
            "annotations":{"org.opencontainers.image.ref.name":"t1"}}]}
            """));
        return Digest.Of(manifest);
    }

    private static byte[] Layer()
    {
        MemoryStream stream = new();
        using (TarWriter layer = new(stream, leaveOpen: true)) Add(layer, "file", "text"u8.ToArray());
        return stream.ToArray();
    }

    private static void Add(TarWriter archive, string name, byte[] content) =>
        archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
}
