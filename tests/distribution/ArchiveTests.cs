using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>OCI archives and those of <c>docker save</c>, with skopeo as the witness.</summary>
public sealed class ArchiveTests
{
    private const string Name = "registry.test/team/app:1";
    private readonly TestImage image = TestImage.Make(isGzip: true, 200_000, 1_000);
    private readonly OciLayout source = Clients.NewLayout(), target = Clients.NewLayout();
    private readonly string directory = TestDirectory.Make("archive");

    [RegistryFact]
    public async Task An_OCI_archive_is_read_by_skopeo_with_the_same_digests()
    {
        await ExportOciAsync(directory + "/a.tar");
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"oci-archive:{directory}/a.tar:1"));
        Skopeo.Copy($"oci-archive:{directory}/a.tar:1", $"oci:{directory}/copy:1");
        await image.AssertInAsync(OciLayout.Open(directory + "/copy"));
    }

    [RegistryFact]
    public async Task An_OCI_archive_of_skopeo_is_imported_with_its_name()
    {
        await image.StoreAsync(source, "1");
        Skopeo.Copy($"oci:{source.Root}:1", $"oci-archive:{directory}/a.tar:1");
        ArchivedImage imported = Assert.Single(await ImportAsync(directory + "/a.tar"));
        await image.AssertInAsync(target);
        Assert.Equal(["1"], imported.Names);
        Assert.Equal(image.Target.Digest, imported.Target.Digest);
    }

    [RegistryFact]
    public async Task A_docker_archive_is_read_by_skopeo_and_gives_the_same_configuration()
    {
        await image.StoreAsync(source);
        await using (FileStream file = File.Create(directory + "/d.tar")) await ImageArchive.ExportDockerAsync(file, source, [new ArchivedImage(image.Target, [Name])], TestImage.Any);
        ChildProcess.Run(["skopeo", "copy", "--insecure-policy", $"docker-archive:{directory}/d.tar:{Name}", $"oci:{directory}/copy:1"],
            new CommandOptions { Environment = new Dictionary<string, string> { ["HOME"] = directory } }).Succeeds();
        ImageManifest manifest = await ManifestAsync(OciLayout.Open(directory + "/copy"), OciLayout.Open(directory + "/copy").Find("1"));
        Assert.Equal((Digest.Of(image.Config), 2), (manifest.Config.Digest, manifest.Layers.Count));
    }

    [RegistryFact]
    public async Task A_docker_archive_of_skopeo_is_imported()
    {
        await image.StoreAsync(source, "1");
        ChildProcess.Run(["skopeo", "copy", "--insecure-policy", $"oci:{source.Root}:1", $"docker-archive:{directory}/d.tar:{Name}"],
            new CommandOptions { Environment = new Dictionary<string, string> { ["HOME"] = directory } }).Succeeds();
        ArchivedImage imported = Assert.Single(await ImportAsync(directory + "/d.tar"));
        ImageManifest manifest = await ManifestAsync(target, imported.Target);
        Assert.Equal([Name], imported.Names);
        ImageConfig config = ImageConfig.Parse(image.Config);
        Assert.Equal(config.Rootfs!.DiffIds, manifest.Layers.Select(layer => layer.Digest));
    }

    [Fact]
    public async Task A_docker_archive_goes_out_and_in_again_compressed_or_not()
    {
        await image.StoreAsync(source);
        MemoryStream archive = new(), packed = new();
        await ImageArchive.ExportDockerAsync(archive, source, [new ArchivedImage(image.Target, [Name, "busybox:x"])], TestImage.Any);
        await using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true)) await gzip.WriteAsync(archive.ToArray());
        foreach (MemoryStream one in (MemoryStream[])[archive, packed])
        {
            one.Position = 0;
            ArchivedImage imported = Assert.Single(await ImageArchive.ImportAsync(one, target));
            Assert.Equal([Name, "docker.io/library/busybox:x"], imported.Names);
            Assert.Equal(Digest.Of(image.Config), (await ManifestAsync(target, imported.Target)).Config.Digest);
        }
    }

    [Fact]
    public async Task The_same_images_give_the_same_bytes()
    {
        await ExportOciAsync(directory + "/a.tar");
        await ExportOciAsync(directory + "/b.tar");
        Assert.Equal(await File.ReadAllBytesAsync(directory + "/a.tar"), await File.ReadAllBytesAsync(directory + "/b.tar"));
    }

    [Fact]
    public async Task An_archive_whose_blob_is_other_content_than_its_name_is_refused()
    {
        MemoryStream archive = Tar(("blobs/sha256/" + image.Target.Digest.Hex, "other content"u8.ToArray()));
        Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => ImageArchive.ImportAsync(archive, target))).Kind);
    }

    [Theory]
    [InlineData("oci-layout", """{"imageLayoutVersion":"2.0.0"}""", "version 1")]
    [InlineData("oci-layout", """{"imageLayoutVersion":"1.0.0"}""", "no index.json")]
    [InlineData("manifest.json", "{}", "not a list of images")]
    [InlineData("manifest.json", """[{"Config":"../../etc/passwd","RepoTags":null,"Layers":[]}]""", "is not in it")]
    [InlineData("other", "", "neither")]
    public async Task Something_else_than_an_image_is_refused(string name, string text, string problem)
    {
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => ImageArchive.ImportAsync(Tar((name, Encoding.UTF8.GetBytes(text))), target));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("index.json", '0', 1L << 32)]
    [InlineData("blobs/sha256/a/json", '0', 20L << 20)]
    [InlineData("././@PaxHeader", 'x', 0x7fff_0000L)]
    [InlineData("pax_global_header", 'g', 0x7fff_0000L)]
    [InlineData("././@LongLink", 'L', 0x7fff_0000L)]
    [InlineData("././@LongLink", 'K', 2L << 20)]
    public async Task CVE_2023_25153_documents_and_names_without_end_are_refused_and_not_held(string name, char type, long bytes)
    {
        // Behind what is right, so that it is found wherever it stands.
        MemoryStream first = Tar(("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray()), ("blobs/sha256/" + image.LayerDigest(0).Hex, image.Layers[0]));
        using EndlessTar archive = new(first.ToArray()[..^1024], name, type, bytes);

        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => ImageArchive.ImportAsync(archive, target));

        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.InRange(archive.BytesRead, 0, 2 << 20);
    }

    [Fact]
    public async Task CVE_2023_25153_many_documents_are_held_up_to_64_MiB_together()
    {
        using EndlessTar archive = new([], "#/json", '0', 3 << 20);
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => ImageArchive.ImportAsync(archive, target));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.InRange(archive.BytesRead, 32 << 20, 72 << 20);
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public async Task Names_of_any_length_are_read(TarEntryFormat format)
    {
        string layer = new string('d', 200) + "/" + new string('n', 3000) + "/layer.tar";
        TestImage plain = TestImage.Make(500);
        MemoryStream archive = new();
        await using (TarWriter writer = new(archive, format, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in ((string, byte[])[])[(layer, plain.Layers[0]), ("c.json", plain.Config), ("manifest.json", Encoding.UTF8.GetBytes($$"""[{"Config":"c.json","RepoTags":["a:b"],"Layers":["{{layer}}"]}]"""))])
            {
                TarEntry entry = format == TarEntryFormat.Pax ? new PaxTarEntry(TarEntryType.RegularFile, name) : new GnuTarEntry(TarEntryType.RegularFile, name);
                entry.DataStream = new MemoryStream(content);
                await writer.WriteEntryAsync(entry);
            }
        }
        archive.Position = 0;
        ArchivedImage imported = Assert.Single(await ImageArchive.ImportAsync(archive, target));
        Assert.Equal(plain.LayerDigest(0), (await ManifestAsync(target, imported.Target)).Layers[0].Digest);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(700)]
    public async Task What_is_not_a_tar_is_refused(int bytes)
    {
        byte[] noise = new byte[bytes];
        Array.Fill(noise, (byte)'x');
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => ImageArchive.ImportAsync(new MemoryStream(noise), target))).Kind);
    }

    [Fact]
    public async Task A_layer_that_is_a_link_to_another_is_found()
    {
        TestImage plain = TestImage.Make(500);
        MemoryStream archive = new();
        await using (TarWriter writer = new(archive, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "aaa/layer.tar") { DataStream = new MemoryStream(plain.Layers[0]) });
            await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.SymbolicLink, "bbb/layer.tar") { LinkName = "../aaa/layer.tar" });
            await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "c.json") { DataStream = new MemoryStream(plain.Config) });
            await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "manifest.json")
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes("""[{"Config":"c.json","RepoTags":["a:b"],"Layers":["bbb/layer.tar"]}]""")),
            });
        }
        archive.Position = 0;
        ArchivedImage imported = Assert.Single(await ImageArchive.ImportAsync(archive, target));
        Assert.Equal(plain.LayerDigest(0), (await ManifestAsync(target, imported.Target)).Layers[0].Digest);
    }

    [Fact]
    public void A_layout_keeps_its_images_by_name()
    {
        target.Tag(image.Target, "docker.io/library/app:1");
        target.Tag(image.Target, "2");
        target.Tag(TestImage.Make(5).Target, "2");
        Assert.Equal(["docker.io/library/app:1", "2"], target.ReadIndex().Manifests.Select(OciLayout.NameOf));
        Assert.Equal(image.Target.Digest, OciLayout.Open(target.Root).Find("docker.io/library/app:1").Digest);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<KeelsonException>(() => target.Find("3")).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => target.Find()).Kind);
    }

    [Fact]
    public void A_directory_with_other_files_is_not_made_a_layout()
    {
        File.WriteAllText(directory + "/other", "");
        Assert.Equal(ErrorKind.FailedPrecondition, Assert.Throws<KeelsonException>(() => OciLayout.Create(directory)).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<KeelsonException>(() => OciLayout.Open(directory)).Kind);
    }

    private async Task ExportOciAsync(string path)
    {
        await image.StoreAsync(source);
        await using FileStream file = File.Create(path);
        await ImageArchive.ExportOciAsync(file, source, [new ArchivedImage(image.Target, ["1"])]);
    }

    private async Task<IReadOnlyList<ArchivedImage>> ImportAsync(string path)
    {
        await using FileStream file = File.OpenRead(path);
        return await ImageArchive.ImportAsync(file, target);
    }

    private static MemoryStream Tar(params (string Name, byte[] Content)[] files)
    {
        MemoryStream archive = new();
        using (TarWriter writer = new(archive, leaveOpen: true))
            foreach ((string name, byte[] content) in files) writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        archive.Position = 0;
        return archive;
    }

    private static async Task<ImageManifest> ManifestAsync(OciLayout layout, Descriptor descriptor)
    {
        await using Stream stream = (await layout.OpenReadAsync(descriptor.Digest, default))!;
        byte[] text = new byte[descriptor.Size];
        await stream.ReadExactlyAsync(text);
        return ImageManifest.Parse(text);
    }
}
