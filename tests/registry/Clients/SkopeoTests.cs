using System.Text.Json;
using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Keelson.Oci;
using Host = Keelson.Distribution.Tests.Clients;

namespace Keelson.Registry.Tests.Clients;

/// <summary>skopeo, which copies every kind of image and knows whether a digest changed.</summary>
public abstract class SkopeoTests(IRegistryUnderTest registry) : ClientTest(registry, "skopeo")
{
    [Fact]
    public async Task An_image_of_the_OCI_goes_there_and_back()
    {
        TestImage image = TestImage.Make(isGzip: true, 2_000_000, 1_000);
        OciLayout layout = await StoreAsync(image);
        Skopeo.Copy($"oci:{layout.Root}:1", Place("1"));
        Skopeo.Copy(Place("1"), $"oci:{Folder}/back:1");
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf(Place("1")));
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"oci:{Folder}/back:1"));
        await image.AssertInAsync(OciLayout.Open(Folder + "/back"));
    }

    [Fact]
    public async Task An_image_is_copied_by_its_digest_and_again_without_sending_it()
    {
        TestImage image = TestImage.Make(1_000);
        OciLayout layout = await StoreAsync(image);
        Skopeo.Copy($"oci:{layout.Root}:1", Place("1"));
        Skopeo.Copy($"docker://{Registry.Name}/{Repository}@{image.Target.Digest}", $"docker://{Registry.Name}/{Repository}/other:1");
        Skopeo.Copy($"oci:{layout.Root}:1", Place("2"));
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf(Place("2")));
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"docker://{Registry.Name}/{Repository}/other:1"));
    }

    [Fact]
    public async Task An_archive_of_docker_goes_there_and_back()
    {
        OciLayout layout = await StoreAsync(TestImage.Make(2_000, 1_000));
        Skopeo.Transform($"oci:{layout.Root}:1", $"docker-archive:{Folder}/there.tar:example.org/a:1");
        Skopeo.Transform($"docker-archive:{Folder}/there.tar", Place("1"));
        Skopeo.Transform(Place("1"), $"docker-archive:{Folder}/back.tar:example.org/a:1");
        string config = Skopeo.Run(["inspect", "--raw", "--config", $"docker-archive:{Folder}/there.tar"]);
        Assert.Equal(config, Skopeo.Run(["inspect", "--raw", "--config", "--tls-verify=false", Place("1")]));
        Assert.Equal(config, Skopeo.Run(["inspect", "--raw", "--config", $"docker-archive:{Folder}/back.tar"]));
        Assert.Equal(MediaTypes.DockerManifest, MediaTypeOf(Place("1")));
    }

    [Fact]
    public async Task An_image_becomes_one_of_docker_on_its_way_and_is_kept_so()
    {
        OciLayout layout = await StoreAsync(TestImage.Make(isGzip: true, 2_000));
        Skopeo.Transform($"oci:{layout.Root}:1", Place("1"), "--format", "v2s2");
        Assert.Equal(MediaTypes.DockerManifest, MediaTypeOf(Place("1")));
        string digest = Skopeo.DigestOf(Place("1"));
        Skopeo.Copy(Place("1"), $"dir:{Folder}/back");
        Assert.Equal(digest, Skopeo.DigestOf($"dir:{Folder}/back"));
        Skopeo.Copy($"dir:{Folder}/back", Place("2"));
        Assert.Equal(digest, Skopeo.DigestOf(Place("2")));
    }

    [Fact]
    public async Task Layers_in_zstd_go_there_and_back()
    {
        OciLayout layout = await StoreAsync(TestImage.OfZeros(100_000));
        Skopeo.Transform($"oci:{layout.Root}:1", $"dir:{Folder}/plain", "--dest-decompress");
        Skopeo.Transform($"dir:{Folder}/plain", Place("1"), "--dest-compress-format", "zstd", "--format", "oci");
        Assert.Contains(MediaTypes.OciLayerZstd, Skopeo.Run(["inspect", "--raw", "--tls-verify=false", Place("1")]), StringComparison.Ordinal);
        Skopeo.Copy(Place("1"), $"oci:{Folder}/back:1");
        Assert.Equal(Skopeo.DigestOf(Place("1")), Skopeo.DigestOf($"oci:{Folder}/back:1"));
    }

    [Fact]
    public async Task An_index_goes_there_and_back_with_all_its_platforms_or_one()
    {
        (OciLayout layout, string index, TestImage arm) = await StoreIndexAsync();
        Skopeo.Copy($"oci:{layout.Root}:all", Place("all"), "--all");
        Skopeo.Copy(Place("all"), $"oci:{Folder}/back:all", "--all");
        Skopeo.Transform(Place("all"), $"oci:{Folder}/arm:1", "--override-arch", "arm64", "--override-os", "linux");
        Assert.Equal(index, Skopeo.DigestOf(Place("all")));
        Assert.Contains(index, await File.ReadAllTextAsync(Folder + "/back/index.json"), StringComparison.Ordinal);
        await arm.AssertInAsync(OciLayout.Open(Folder + "/back"));
        Assert.Contains(arm.Target.Digest.ToString(), await File.ReadAllTextAsync(Folder + "/arm/index.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_becomes_a_list_of_docker_on_its_way_and_is_kept_so()
    {
        (OciLayout layout, _, _) = await StoreIndexAsync();
        Skopeo.Transform($"oci:{layout.Root}:all", Place("all"), "--all", "--format", "v2s2");
        Assert.Equal(MediaTypes.DockerIndex, MediaTypeOf(Place("all")));
        Skopeo.Copy(Place("all"), $"docker://{Registry.Name}/{Repository}/copy:all", "--all");
        Assert.Equal(Skopeo.DigestOf(Place("all")), Skopeo.DigestOf($"docker://{Registry.Name}/{Repository}/copy:all"));
    }

    [Fact]
    public async Task A_repository_is_synchronised_to_a_directory_and_from_there_to_another()
    {
        string[] digests = [.. await Task.WhenAll(((string[])["1", "2"]).Select(async tag =>
        {
            TestImage image = TestImage.Make(isGzip: true, 1_000);
            OciLayout layout = await StoreAsync(image);
            Skopeo.Copy($"oci:{layout.Root}:1", Place(tag));
            return image.Target.Digest.ToString();
        }))];
        Skopeo.Run(["sync", "--insecure-policy", "--preserve-digests", "--src-tls-verify=false", "--src", "docker", "--dest", "dir", $"{Registry.Name}/{Repository}", Folder + "/sync"]);
        Skopeo.Run(["sync", "--insecure-policy", "--preserve-digests", "--dest-tls-verify=false", "--src", "dir", "--dest", "docker", Folder + "/sync", $"{Registry.Name}/{Repository}/copy"]);
        string name = Repository.Split('/')[^1];
        Assert.Equal(digests, ((string[])["1", "2"]).Select(tag => Skopeo.DigestOf($"docker://{Registry.Name}/{Repository}/copy/{name}:{tag}")));
    }

    [Fact]
    public async Task Tags_are_listed_images_inspected_and_deleted()
    {
        TestImage image = TestImage.Make(isGzip: true, 1_000, 2_000);
        OciLayout layout = await StoreAsync(image);
        foreach (string tag in (string[])["1", "2", "latest"]) Skopeo.Copy($"oci:{layout.Root}:1", Place(tag));
        using JsonDocument tags = JsonDocument.Parse(Skopeo.Run(["list-tags", "--tls-verify=false", $"docker://{Registry.Name}/{Repository}"]));
        Assert.Equal(["1", "2", "latest"], tags.RootElement.GetProperty("Tags").EnumerateArray().Select(tag => tag.GetString()!).Order());
        using JsonDocument inspected = JsonDocument.Parse(Skopeo.Run(["inspect", "--tls-verify=false", Place("1")]));
        Assert.Equal([image.LayerDigest(0).ToString(), image.LayerDigest(1).ToString()], inspected.RootElement.GetProperty("Layers").EnumerateArray().Select(layer => layer.GetString()));
        // skopeo deletes the manifest, and with it all three.
        Skopeo.Run(["delete", "--tls-verify=false", Place("1")]);
        foreach (string tag in (string[])["1", "2", "latest"]) Skopeo.Try(["inspect", "--tls-verify=false", Place(tag)]).Fails("manifest unknown");
    }

    private static string MediaTypeOf(string place)
    {
        using JsonDocument manifest = JsonDocument.Parse(Skopeo.Run(["inspect", "--raw", "--tls-verify=false", place]));
        return manifest.RootElement.GetProperty("mediaType").GetString()!;
    }

    private static async Task<OciLayout> StoreAsync(TestImage image)
    {
        OciLayout layout = Host.NewLayout();
        await image.StoreAsync(layout, "1");
        return layout;
    }

    private static async Task<(OciLayout Layout, string Index, TestImage Arm)> StoreIndexAsync()
    {
        TestImage amd = TestImage.Make(isGzip: true, 1_000), arm = TestImage.Make(isGzip: true, 2_000);
        OciLayout layout = Host.NewLayout();
        await amd.StoreAsync(layout);
        await arm.StoreAsync(layout);
        byte[] index = new ImageIndex
        {
            MediaType = MediaTypes.OciIndex,
            Manifests = [amd.Target with { Platform = Platform.Parse("linux/amd64") }, arm.Target with { Platform = Platform.Parse("linux/arm64") }],
        }.ToUtf8();
        Descriptor target = new() { MediaType = MediaTypes.OciIndex, Digest = Digest.Of(index), Size = index.Length };
        await using (IBlobWriter writer = await layout.OpenWriterAsync("index", default))
        {
            await writer.WriteAsync(index, default);
            await writer.CommitAsync(target.Digest, index.Length, default);
        }
        layout.Tag(target, "all");
        return (layout, target.Digest.ToString(), arm);
    }
}
