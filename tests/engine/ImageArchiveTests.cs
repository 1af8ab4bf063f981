using System.Formats.Tar;
using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Engine.Tests;

/// <summary>Images from and to archives, with skopeo as the witness.</summary>
public sealed class ImageArchiveTests
{
    private readonly TestImage image = TestImage.Make(isGzip: true, 300_000, 40_000);

    [RegistryFact]
    public async Task A_saved_image_is_read_by_skopeo_as_either_kind_and_loaded_again()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        await engine.Images.TagAsync(EngineUnderTest.Space, pulled.Id.ToString(), ImageReference.Parse("team/box:1"));
        string file = engine.Folder + "/saved.tar";

        await using (FileStream archive = File.Create(file)) await engine.Images.SaveAsync(EngineUnderTest.Space, ["team/box:1"], archive);

        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"oci-archive:{file}:1"));
        Skopeo.Copy($"docker-archive:{file}:docker.io/team/box:1", $"dir:{engine.Folder}/out", "--remove-signatures");
        await using FileStream saved = File.OpenRead(file);
        EngineImage loaded = Assert.Single(await engine.Images.LoadAsync("other", saved));
        Assert.Equal((pulled.Id, "docker.io/team/box:1"), (loaded.Id, Assert.Single(loaded.Names)));
    }

    [RegistryFact]
    public async Task An_archive_of_skopeo_is_loaded_unpacked_and_named()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        OciLayout layout = Clients.NewLayout();
        await image.StoreAsync(layout, "1");
        string file = engine.Folder + "/docker.tar";
        ChildProcess.Run(["skopeo", "copy", "--insecure-policy", $"oci:{layout.Root}:1", $"docker-archive:{file}:team/box:2"]).Succeeds();

        await using FileStream archive = File.OpenRead(file);
        EngineImage loaded = Assert.Single(await engine.Images.LoadAsync(EngineUnderTest.Space, archive));

        Assert.Equal(["docker.io/team/box:2"], loaded.Names);
        Assert.Contains("file-40000", await engine.TreeAsync(ChainId.Of(loaded.Config.Rootfs!.DiffIds)[1].ToString()), StringComparison.Ordinal);
        await engine.Database.Collector.CollectAsync();
        Assert.Equal(loaded.Id, (await engine.Images.GetAsync(EngineUnderTest.Space, "team/box:2")).Id);
    }

    [RootTheory]
    [InlineData("-c")]
    [InlineData("-cz")]
    [InlineData("-c --zstd")]
    public async Task A_tree_becomes_an_image_of_one_layer(string how)
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        Directory.CreateDirectory(engine.Folder + "/tree/dir");
        await File.WriteAllTextAsync(engine.Folder + "/tree/dir/file", "hello");
        ChildProcess.Run(["tar", .. how.Split(' '), "-f", engine.Folder + "/tree.tar", "-C", engine.Folder + "/tree", "."]).Succeeds();

        await using FileStream tree = File.OpenRead(engine.Folder + "/tree.tar");
        EngineImage imported = await engine.Images.ImportAsync(EngineUnderTest.Space, tree, ImageReference.Parse("mine:1"), config => config with { Config = new() { Cmd = ["/dir/file"] } });

        Assert.Equal(("docker.io/library/mine:1", "/dir/file"), (Assert.Single(imported.Names), Assert.Single(imported.Config.Config!.Cmd!)));
        await engine.Database.Collector.CollectAsync();
        string top = Assert.Single(await engine.KeysAsync());
        Assert.EndsWith("hello", await engine.TreeAsync(top), StringComparison.Ordinal);
        Assert.Equal(top, await engine.Images.UnpackAsync(EngineUnderTest.Space, imported));
    }

    [RootFact]
    public async Task Without_a_name_an_imported_tree_is_known_by_its_identity()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        MemoryStream tree = new();
        await using (TarWriter writer = new(tree, leaveOpen: true)) await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.Directory, "dir"));
        tree.Position = 0;

        EngineImage imported = await engine.Images.ImportAsync(EngineUnderTest.Space, tree, null);
        await engine.Database.Collector.CollectAsync();

        Assert.Empty(imported.Names);
        Assert.Equal(imported.Id, (await engine.Images.GetAsync(EngineUnderTest.Space, imported.Id.Hex[..12])).Id);
    }

    [RootFact]
    public async Task An_image_unpacks_into_each_snapshotter_and_is_held_in_each()
    {
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);

        string top = await engine.Images.UnpackAsync(EngineUnderTest.Space, pulled, "native");
        await engine.Database.Collector.CollectAsync();

        Assert.Equal(SnapshotKind.Committed, (await engine.Engine.Snapshots.Of(EngineUnderTest.Space, "native").StatAsync(top)).Kind);
        Assert.Equal(SnapshotKind.Committed, (await engine.Snapshots.StatAsync(top)).Kind);
    }
}
