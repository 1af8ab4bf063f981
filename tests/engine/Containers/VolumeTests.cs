using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Engine.Tests.Containers;

public sealed class VolumeTests
{
    [RootFact]
    public async Task A_volume_begins_with_what_the_image_has_and_outlives_containers()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        (_, string output) = await test.FinishAsync("cat /etc/group | wc -l; echo mine >> /etc/group", host: new() { Binds = ["groups:/etc"] });
        (_, string again) = await test.FinishAsync("tail -n 1 /x/group; stat -c %a /x", host: new() { Binds = ["groups:/x:ro"] });
        Assert.Equal(("5\n", "mine\n755\n"), (output, again));
        Assert.Equal(["groups"], test.Service.Volumes.List().Select(volume => volume.Name));
        string user = await test.CreateAsync(["true"], host: new() { Binds = ["groups:/x"] });
        Assert.Contains(user, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.RemoveAsync("groups"))).Message, StringComparison.Ordinal);
        await test.Service.RemoveAsync(user);
        Assert.Equal(["groups"], (await test.Service.Volumes.PruneAsync()).Ids);
    }

    [RootFact]
    public async Task Volumes_of_an_image_are_made_shared_and_removed_with_their_container()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        await test.ImportAsync("data:1", config => config with { Volumes = new Dictionary<string, EmptyObject> { ["/data"] = new() } }, tree =>
        {
            Directory.CreateDirectory(tree + "/data");
            File.WriteAllText(tree + "/data/first", "1");
        });
        string id = await test.RunAsync(["sh", "-c", "echo 2 > /data/second; echo ready; sleep 1000"], settings => settings with { Image = "data:1" });
        await LifecycleTests.AwaitReadyAsync(test, id);
        MountPoint mount = Assert.Single(test.Service.Get(id).Mounts);
        Assert.Equal(["first", "second"], Directory.GetFiles(mount.Source).Select(Path.GetFileName).Order());
        (_, string shared) = await test.FinishAsync("ls /data", host: new() { VolumesFrom = [id + ":ro"] });
        Assert.Equal("first\nsecond\n", shared);
        await test.Service.RemoveAsync(id, force: true, volumes: true);
        Assert.Empty(test.Service.Volumes.List());
    }

    [RootFact]
    public async Task CVE_2022_23648_a_volume_path_that_is_a_link_reads_nothing_of_the_host()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string secret = TestDirectory.Make("secret");
        File.WriteAllText(secret + "/file", "secret");
        await test.ImportAsync("evil:1", config => config with { Volumes = new Dictionary<string, EmptyObject> { ["/abs"] = new(), ["/rel"] = new(), ["/../../../../../../" + secret] = new() } }, tree =>
        {
            Files.TrySymlink(secret, tree + "/abs").ThrowIfError("link");
            Files.TrySymlink(string.Concat(Enumerable.Repeat("../", 12)) + secret[1..], tree + "/rel").ThrowIfError("link");
        });
        string id = await test.CreateAsync(["true"], settings => settings with { Image = "evil:1" });
        Assert.Equal(3, test.Service.Get(id).Mounts.Count);
        Assert.All(test.Service.Get(id).Mounts, mount => Assert.Empty(Directory.GetFileSystemEntries(mount.Source)));
    }

    [RootFact]
    public async Task Mounts_of_all_kinds_are_there()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string folder = TestDirectory.Make("bound");
        File.WriteAllText(folder + "/file", "bound\n");
        await test.Service.Volumes.CreateAsync("mem", options: new Dictionary<string, string> { ["type"] = "tmpfs", ["device"] = "tmpfs", ["o"] = "size=1m" });
        (_, string output) = await test.FinishAsync("cat /b/file; touch /b/x 2>&1; stat -f -c %T /t /m; stat -c %a /t; cat /b2/file", host: new()
        {
            Binds = [folder + ":/b:ro", "mem:/m"],
            Mounts = [new() { Type = "tmpfs", Target = "/t", TmpfsOptions = new() { Mode = 0b111_000_000, SizeBytes = 1 << 20 } }, new() { Type = "bind", Source = folder, Target = "/b2" }],
        });
        Assert.Equal("bound\ntouch: /b/x: Read-only file system\ntmpfs\ntmpfs\n700\nbound\n", output);
        Assert.Contains("does not exist", (await Assert.ThrowsAsync<KeelsonException>(() => test.CreateAsync(["true"], host: new() { Mounts = [new() { Type = "bind", Source = "/no/such", Target = "/x" }] }))).Message, StringComparison.Ordinal);
    }
}
