using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>An image made for a test: its layers hold random bytes.</summary>
internal sealed class TestImage
{
    public static readonly PlatformMatcher Any = new(new Platform { Os = "linux", Architecture = "amd64" });

    private TestImage(List<byte[]> layers, byte[] config, byte[] manifest) => (Layers, Config, Manifest) = (layers, config, manifest);

    public IReadOnlyList<byte[]> Layers { get; }

    public byte[] Config { get; }

    public byte[] Manifest { get; }

    public Descriptor Target => new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Of(Manifest), Size = Manifest.Length };

    public Digest LayerDigest(int index) => Digest.Of(Layers[index]);

    /// <summary>All content by digest.</summary>
    public IEnumerable<byte[]> Blobs => [.. Layers, Config];

    /// <summary>Makes an image whose layers are tars of one file each, of these sizes.</summary>
    public static TestImage Make(params IReadOnlyList<int> sizes) => Make(false, sizes);

    /// <inheritdoc cref="Make(IReadOnlyList{int})"/>
    public static TestImage Make(bool isGzip, params IReadOnlyList<int> sizes) => Of(isGzip, [.. sizes.Select(size => Tar(RandomNumberGenerator.GetBytes(size)))]);

    /// <summary>Makes an image of one layer with a file of zeros: little to fetch, and much to unpack.</summary>
    public static TestImage OfZeros(int size) => Of(true, [Tar(new byte[size])]);

    private static TestImage Of(bool isGzip, List<byte[]> tars)
    {
        List<byte[]> layers = isGzip ? [.. tars.Select(Gzip)] : tars;
        byte[] config = new ImageConfig
        {
            Os = "linux", Architecture = "amd64", Config = new ContainerConfig { Cmd = ["/bin/sh"], Env = ["PATH=/bin"] },
            Rootfs = new ImageRootfs { Type = "layers", DiffIds = [.. tars.Select(tar => Digest.Of(tar))] },
        }.ToUtf8();
        ImageManifest manifest = new()
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = Digest.Of(config), Size = config.Length },
            Layers = [.. layers.Select(layer => new Descriptor { MediaType = isGzip ? MediaTypes.OciLayerGzip : MediaTypes.OciLayer, Digest = Digest.Of(layer), Size = layer.Length })],
        };
        return new TestImage(layers, config, manifest.ToUtf8());
    }

    /// <summary>Writes the image into a layout.</summary>
    public async Task StoreAsync(OciLayout layout, string? name = null)
    {
        foreach (byte[] blob in Blobs.Append(Manifest))
        {
            await using IBlobWriter writer = await layout.OpenWriterAsync("test-" + Digest.Of(blob), default);
            await writer.WriteAsync(blob, default);
            await writer.CommitAsync(Digest.Of(blob), blob.Length, default);
        }
        layout.Tag(Target, name);
    }

    /// <summary>Fails unless a layout has all of the image.</summary>
    public async Task AssertInAsync(IContentSource store)
    {
        foreach (byte[] blob in Blobs.Append(Manifest))
        {
            await using Stream? stored = await store.OpenReadAsync(Digest.Of(blob), default);
            Assert.NotNull(stored);
            Assert.Equal(Digest.Of(blob), Digest.FromHash(await SHA256.HashDataAsync(stored)));
        }
    }

    private static byte[] Tar(byte[] contents)
    {
        MemoryStream tar = new();
        using (TarWriter writer = new(tar, leaveOpen: true))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "file-" + contents.Length) { DataStream = new MemoryStream(contents) });
        return tar.ToArray();
    }

    private static byte[] Gzip(byte[] tar)
    {
        MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest)) gzip.Write(tar);
        return packed.ToArray();
    }
}
