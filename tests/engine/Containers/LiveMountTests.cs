using Keelson.Engine.Containers;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Mounts that a container gets and loses after it was made.</summary>
public sealed class LiveMountTests
{
    [RootFact]
    public async Task A_running_container_gets_volumes_directories_and_memory_and_loses_them()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"]), shared = test.Folder + "/shared";
        Directory.CreateDirectory(shared);
        File.WriteAllText(shared + "/file", "of the host");
        await test.Service.UpdateAsync(id, new()
        {
            AddMounts =
            [
                new() { Type = "volume", Source = "data", Target = "/data" }, new() { Type = "bind", Source = shared, Target = "/in/", ReadOnly = true },
                new() { Type = "tmpfs", Target = "/memory", TmpfsOptions = new() { SizeBytes = 65_536, Mode = 448 } },
            ],
        });
        Assert.Equal("of the host", await InAsync(test, id, "cat /in/file; echo kept > /data/f; touch /in/no 2> /dev/null && echo written"));
        Assert.Equal("64 drwx------", await InAsync(test, id, "df /memory | awk 'NR == 2 { print $2 }' | tr '\\n' ' '; ls -ld /memory | cut -c1-10"));
        Assert.Equal(["/data", "/in", "/memory"], test.Service.Get(id).Mounts.Select(mount => mount.Destination).Order());
        // The volume is in use, as any.
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.RemoveAsync("data"))).Kind);
        await test.Service.UpdateAsync(id, new() { RemoveMounts = ["/in", "/memory/"] });
        Assert.Equal("kept", await InAsync(test, id, "ls -A /in; ls -A /memory; cat /data/f"));
        Assert.Equal("/data", Assert.Single(test.Service.Get(id).Mounts).Destination);
        // What it has got it has again.
        await test.Service.RestartAsync(id, TimeSpan.Zero);
        Assert.Equal("kept", await InAsync(test, id, "cat /data/f"));
        await test.Service.UpdateAsync(id, new() { RemoveMounts = ["/data"] });
        await test.Service.Volumes.RemoveAsync("data");
        Assert.Empty(test.Failures);
    }

    [RootFact]
    public async Task A_volume_of_a_file_system_is_mounted_and_filled_and_its_place_is_another_mounts_after_it()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "mkdir /full; echo of-image > /full/f; exec sleep 1000"]);
        await test.Service.Volumes.CreateAsync("memory", options: new Dictionary<string, string> { ["type"] = "tmpfs", ["device"] = "tmpfs", ["o"] = "size=128k" });
        Condition.Await("the directory", () => test.ExecAsync(id, new() { Cmd = ["cat", "/full/f"] }).GetAwaiter().GetResult().Code == 0);
        await test.Service.UpdateAsync(id, new() { AddMounts = [new() { Type = "volume", Source = "memory", Target = "/full" }] });
        Assert.Equal("of-image", await InAsync(test, id, "cat /full/f"));
        Assert.Equal("128", await InAsync(test, id, "df /full | awk 'NR == 2 { print $2 }'"));
        string volume = test.Service.Volumes.Get("memory").Path;
        await test.Service.UpdateAsync(id, new() { RemoveMounts = ["/full"], AddMounts = [new() { Type = "tmpfs", Target = "/full" }] });
        Assert.Equal("", await InAsync(test, id, "ls /full"));
        Assert.DoesNotContain(volume, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_container_that_does_not_run_has_them_from_its_next_start()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.CreateAsync(["sh", "-c", "cat /proc/mounts"], host: new() { Binds = [test.Folder + ":/old:ro"], Tmpfs = new Dictionary<string, string> { ["/t"] = "" } });
        await test.Service.UpdateAsync(id, new() { RemoveMounts = ["/old", "/t"], AddMounts = [new() { Type = "volume", Target = "/new" }] });
        await test.Service.StartAsync(id);
        await test.Service.WaitAsync(id);
        string[] places = [.. (await test.LogAsync(id)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1])];
        Assert.Contains("/new", places);
        Assert.DoesNotContain("/old", places);
        Assert.DoesNotContain("/t", places);
    }

    [RootFact]
    public async Task What_cannot_be_mounted_changes_nothing()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], host: new() { Binds = [test.Folder + ":/old:ro"] });
        ContainerInfo before = test.Service.Get(id);
        foreach ((ContainerUpdate wrong, string why) in ((ContainerUpdate, string)[])
        [
            (new() { AddMounts = [new() { Type = "bind", Source = "/nowhere-at-all", Target = "/x" }] }, "bind source path does not exist: /nowhere-at-all"),
            (new() { AddMounts = [new() { Type = "volume", Target = "/old" }] }, "Duplicate mount point: /old"),
            (new() { AddMounts = [new() { Type = "odd", Target = "/x" }] }, "mount type unknown"),
            (new() { RemoveMounts = ["/none"] }, "nothing of its settings is mounted at /none"),
            // What it takes away it mounts again when what comes cannot be had: proc(5) lets nobody make directories.
            (new() { RemoveMounts = ["/old"], AddMounts = [new() { Type = "volume", Source = "fresh", Target = "/proc/x" }] }, "/proc/x"),
        ])
        {
            KeelsonException refused = await Assert.ThrowsAnyAsync<KeelsonException>(() => test.Service.UpdateAsync(id, wrong));
            Assert.Contains(why, refused.FullMessage, StringComparison.Ordinal);
            Assert.Equal(before.Mounts, test.Service.Get(id).Mounts);
            Assert.Equal("root", await InAsync(test, id, "ls -d /old/root | cut -c6-"));
        }
        Assert.Empty(test.Service.Volumes.List());
    }

    [RootFact]
    public async Task A_link_of_the_container_leads_nowhere_outside()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string outside = test.Folder + "/outside", id = await test.RunAsync(["sh", "-c", $"mkdir -p {test.Folder}/outside; ln -s ../../../../../../..{test.Folder}/outside /link; ln -s /proc/1/root/etc /etc2; exec sleep 1000"]);
        Directory.CreateDirectory(outside);
        Condition.Await("the links", () => test.ExecAsync(id, new() { Cmd = ["readlink", "/etc2"] }).GetAwaiter().GetResult().Code == 0);
        // Not those of other tests, of this area or of one beside it.
        string[] Mounts() => [.. File.ReadAllLines("/proc/self/mountinfo").Where(line => line.Contains(test.Folder, StringComparison.Ordinal) || !line.Contains("keelson", StringComparison.Ordinal))];
        string[] before = Mounts();
        await test.Service.UpdateAsync(id, new() { AddMounts = [new() { Type = "volume", Source = "vol", Target = "/link" }] });
        Assert.Equal("", await InAsync(test, id, "echo x > /link/inside"));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.True(File.Exists(test.Service.Volumes.Get("vol").Path + "/inside"));
        Assert.Equal(before, Mounts());
    }

    private static async Task<string> InAsync(ContainersUnderTest test, string id, string script) => (await test.ExecAsync(id, new() { Cmd = ["sh", "-c", script] })).Output.Trim();
}
