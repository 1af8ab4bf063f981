using Keelson.Engine.Containers;
using Keelson.Snapshots;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Options of volumes of the driver <c>local</c>, and copies of them.</summary>
public sealed class LocalVolumeTests
{
    [RootTheory]
    // In the words of dockerd 20.10.
    [InlineData("l1", "device=tmpfs", "create l1: missing required option: \"type\"")]
    [InlineData("l2", "type=tmpfs", "create l2: missing required option: \"device\"")]
    [InlineData("l3", "o=size=1m", "create l3: missing required option: \"device\"")]
    [InlineData("l4", "type=none;o=bind", "create l4: missing required option: \"device\"")]
    [InlineData("l5", "size=junk", "create l5: invalid size: 'junk'")]
    [InlineData("l5", "size=10x", "create l5: invalid size: '10x'")]
    [InlineData("l5", "size=-1", "create l5: invalid size: '-1'")]
    [InlineData("l6", "foo=bar", "create l6: invalid option: \"foo\"")]
    [InlineData("l7", "type=tmpfs;device=tmpfs;foo=bar", "create l7: invalid option: \"foo\"")]
    [InlineData("x", "", "create x: volume name is too short, names should be at least two alphanumeric characters")]
    [InlineData(".x", "", "create .x: \".x\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path")]
    public async Task Options_that_make_no_sense_are_refused_in_dockers_words(string name, string options, string words)
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync(name, options: Options(options)));
        Assert.Equal((ErrorKind.InvalidArgument, words), (error.Kind, error.FullMessage));
        Assert.Empty(Directory.GetFileSystemEntries(test.Folder + "/root/volumes"));
    }

    [RootFact]
    public async Task A_limit_that_the_file_system_cannot_keep_is_refused()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync("limited", options: Options("size=10m")));
        Assert.Equal((ErrorKind.InvalidArgument, "create limited: quota size requested but no quota support"), (error.Kind, error.Message));
        Assert.Empty(Directory.GetFileSystemEntries(test.Folder + "/root/volumes"));
        // No limit is none.
        await test.Service.Volumes.CreateAsync("free", options: Options("size=0"));
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10b", 10)]
    [InlineData("10k", 10 << 10)]
    [InlineData("1.5MB", 3 << 19)]
    [InlineData("2 GiB", 2L << 30)]
    [InlineData("1t", 1L << 40)]
    public void Sizes_are_read_as_docker_reads_them(string text, long bytes) => Assert.Equal(bytes, LocalOptions.SizeOf("x", Options("size=" + text)));

    [Theory]
    [InlineData("type=nfs;device=:/x;o=addr=localhost,vers=3", "nfs", ":/x", "addr=127.0.0.1,vers=3")]
    [InlineData("type=nfs4;device=:/x;o=rw,addr=10.1.2.3", "nfs4", ":/x", "rw,addr=10.1.2.3")]
    [InlineData("type=cifs;device=//host/share;o=username=u,addr=localhost", "cifs", "//host/share", "username=u,addr=127.0.0.1")]
    [InlineData("type=tmpfs;device=tmpfs;o=size=1m,,uid=1000", "tmpfs", "tmpfs", "size=1m,uid=1000")]
    [InlineData("type=none;device=/srv;o=bind,ro", "bind", "/srv", "bind,ro")]
    [InlineData("type=none;device=/srv;o=rbind", "rbind", "/srv", "rbind")]
    [InlineData("type=ext4;device=/dev/loop7", "ext4", "/dev/loop7", "")]
    public async Task Options_reach_the_kernel_and_names_of_servers_as_addresses(string options, string type, string device, string words)
    {
        Mount mount = (await LocalOptions.MountAsync(Options(options), TestContext.Current.CancellationToken))!;
        Assert.Equal((type, device, words), (mount.Type, mount.Source, string.Join(',', mount.Options)));
    }

    [RootTheory]
    [InlineData("type=none;device=/no/such;o=bind", "open tree /no/such: ENOENT")]
    [InlineData("type=ext4;device=/no/dev", "ENOENT")]
    [InlineData("type=junk;device=/no/dev", "ENODEV")]
    [InlineData("type=tmpfs;device=tmpfs;o=junkopt", "EINVAL")]
    [InlineData("type=nfs;device=:/x;o=addr=no.such.host.invalid", "error resolving passed in network volume address: lookup no.such.host.invalid")]
    public async Task A_volume_that_cannot_be_mounted_says_why_and_starts_nothing(string options, string words)
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        VolumeInfo volume = await test.Service.Volumes.CreateAsync("vol", options: Options(options));
        string id = await test.CreateAsync(["true"], host: new() { Binds = ["vol:/v"] });
        string error = (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.StartAsync(id))).FullMessage;
        Assert.StartsWith($"error while mounting volume '{volume.Path}': failed to mount local volume: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
        await test.Service.RemoveAsync(id);
        await test.Service.Volumes.RemoveAsync("vol");
    }

    [RootFact]
    public async Task Memory_directories_and_file_systems_are_mounted_while_they_are_used_and_never_counted_or_pruned()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string shared = test.Folder + "/shared", image = test.Folder + "/image", device = "";
        Directory.CreateDirectory(shared);
        ChildProcess.Run(["truncate", "-s", "8M", image]).Succeeds();
        ChildProcess.Run(["mkfs.ext4", "-q", image]).Succeeds();
        try
        {
            device = ChildProcess.Run(["losetup", "--find", "--show", image]).Succeeds().Stdout.Trim();
            await test.Service.Volumes.CreateAsync("mem", options: Options("type=tmpfs;device=tmpfs;o=size=1m,uid=1000,mode=750"));
            await test.Service.Volumes.CreateAsync("dir", options: Options($"type=none;device={shared};o=bind"));
            await test.Service.Volumes.CreateAsync("disk", options: Options($"type=ext4;device={device}"));
            HostSettings host = new() { Binds = ["mem:/m", "dir:/d", "disk:/e"] };
            string first = await test.RunAsync(["sleep", "1000"], host: host);
            Assert.Equal("1000 750 tmpfs ext2/ext3\n", (await test.ExecAsync(first, new() { Cmd = ["sh", "-c", "echo $(stat -c '%u %a' /m) $(stat -f -c %T /m /e); echo kept > /d/f; echo kept > /e/f"] })).Output);
            // One that ends takes nothing from another.
            Assert.Equal("kept\n", (await test.FinishAsync("cat /e/f", host: host)).Output);
            Assert.Equal("kept\n", (await test.ExecAsync(first, new() { Cmd = ["cat", "/e/f"] })).Output);
            await test.Service.RemoveAsync(first, force: true);
            Assert.DoesNotContain(test.Folder + "/root/volumes/", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
            Assert.Equal("kept\n", File.ReadAllText(shared + "/f"));
            Assert.Empty((await test.Service.Volumes.PruneAsync()).Ids);
            foreach (string name in (string[])["mem", "dir", "disk"]) await test.Service.Volumes.RemoveAsync(name);
            Assert.True(File.Exists(shared + "/f"));
        }
        finally
        {
            if (device.Length > 0) ChildProcess.Run(["losetup", "--detach", device]).Succeeds();
        }
    }

    [RootFact]
    public async Task A_copy_is_the_volume_inode_by_inode_and_knows_nothing_of_what_comes_later()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string path = (await test.Service.Volumes.CreateAsync("data")).Path;
        Fill(path);
        string before = TreeInventory.Of(path);
        VolumeInfo copy = await test.Service.Volumes.CreateAsync("copy", new Dictionary<string, string> { ["l"] = "m" }, Options("keelson.from=data"));
        Assert.Equal(("m", 0), (copy.Labels["l"], copy.Options.Count));
        File.WriteAllText(path + "/file", "changed");
        Directory.Delete(path + "/folder", recursive: true);
        Assert.Equal(before, TreeInventory.Of(copy.Path));
        Assert.InRange(long.Parse(ChildProcess.Run(["stat", "-c", "%b", copy.Path + "/holes"]).Succeeds().Stdout, System.Globalization.CultureInfo.InvariantCulture), 0, 64);
        Assert.Equal("751\n", ChildProcess.Run(["stat", "-c", "%a", copy.Path]).Succeeds().Stdout);
        await test.ReopenAsync();
        Assert.Equal(before, TreeInventory.Of(test.Service.Volumes.Get("copy").Path));
        // And back.
        await test.Service.Volumes.CreateAsync("data", options: Options("keelson.from=copy;keelson.replace=true"));
        Assert.Equal(before, TreeInventory.Of(path));
        Assert.Equal(["copy", "data"], Directory.GetDirectories(test.Folder + "/root/volumes").Select(Path.GetFileName).Order());
        List<string> events = [];
        await foreach (ContainerEvent happened in test.Service.EventsAsync(after: 0, follow: false))
            if (happened.Type == "volume") events.Add($"{happened.Action} {happened.ActorId}");
        Assert.Equal(["create data", "create copy", "restore data"], events);
    }

    [RootFact]
    public async Task A_copy_that_cannot_be_made_leaves_all_as_it_was()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        using SmallDisk disk = SmallDisk.Mount(2);
        string path = (await test.Service.Volumes.CreateAsync("data")).Path;
        File.WriteAllText(path + "/file", "old");
        await test.Service.Volumes.CreateAsync("big", options: Options($"type=none;device={disk.Path};o=bind"));
        File.WriteAllText(disk.Path + "/file", "new");
        async Task RefusesAsync(string name, string options, ErrorKind kind, string words)
        {
            KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync(name, options: Options(options)));
            Assert.Equal(kind, error.Kind);
            Assert.Contains(words, error.FullMessage, StringComparison.Ordinal);
        }
        await RefusesAsync("other", "keelson.from=nosuch", ErrorKind.NotFound, "create other: get nosuch: no such volume");
        await RefusesAsync("data", "keelson.from=big", ErrorKind.AlreadyExists, "a volume of this name is there");
        await RefusesAsync("data", "keelson.from=data;keelson.replace=true", ErrorKind.InvalidArgument, "it cannot be a copy of itself");
        await RefusesAsync("data", "keelson.from=big;keelson.replace=perhaps", ErrorKind.InvalidArgument, "neither true nor false");
        await RefusesAsync("big", "keelson.from=data;keelson.replace=true", ErrorKind.InvalidArgument, "what is mounted is not replaced");
        await RefusesAsync("other", "keelson.from=data;type=tmpfs;device=tmpfs", ErrorKind.InvalidArgument, "what is mounted does not begin with a copy");
        await RefusesAsync("other", "keelson.from=data;size=1m", ErrorKind.InvalidArgument, "quota size requested but no quota support");
        string id = await test.RunAsync(["sleep", "1000"], host: new() { Binds = ["data:/data"] });
        await RefusesAsync("data", "keelson.from=big;keelson.replace=true", ErrorKind.FailedPrecondition, id);
        await test.Service.StopAsync(id, TimeSpan.Zero);
        Assert.Equal("old", File.ReadAllText(path + "/file"));
        // One that is mounted is copied as what it shows, and a stopped container has the new files.
        await test.Service.Volumes.CreateAsync("data", options: Options("keelson.from=big;keelson.replace=true"));
        Assert.Equal("new", File.ReadAllText(path + "/file"));
        Assert.Equal(["big", "data"], Directory.GetDirectories(test.Folder + "/root/volumes").Select(Path.GetFileName).Order());
        await test.Service.StartAsync(id);
        Assert.Equal("new", (await test.ExecAsync(id, new() { Cmd = ["cat", "/data/file"] })).Output);
        Assert.DoesNotContain(test.Folder + "/root/volumes/big", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_copy_shares_contents_where_the_file_system_can()
    {
        string folder = TestDirectory.Make("shared"), disk = folder + "/disk";
        Directory.CreateDirectory(disk);
        ChildProcess.Run(["truncate", "-s", "400M", folder + "/image"]).Succeeds();
        ChildProcess.Run(["mkfs.xfs", "-q", "-m", "reflink=1", folder + "/image"]).Succeeds();
        ChildProcess.Run(["mount", "-o", "loop", folder + "/image", disk]).Succeeds();
        try
        {
            LocalVolumes volumes = new(disk + "/volumes");
            VolumeInfo plain = new("data", "", DateTimeOffset.UnixEpoch, new Dictionary<string, string>(), new Dictionary<string, string>(), false), data = await volumes.CreateAsync(plain, null, replaces: false, TestContext.Current.CancellationToken);
            ChildProcess.Run(["dd", "if=/dev/urandom", $"of={data.Path}/file", "bs=1M", "count=64"]).Succeeds();
            ChildProcess.Run(["sync", "-f", disk]).Succeeds();
            long before = new DriveInfo(disk).AvailableFreeSpace;
            VolumeInfo copy = await volumes.CreateAsync(plain with { Name = "copy" }, data.Path, replaces: false, TestContext.Current.CancellationToken);
            Assert.Equal(TreeInventory.Of(data.Path), TreeInventory.Of(copy.Path));
            Assert.InRange(before - new DriveInfo(disk).AvailableFreeSpace, 0, 8 << 20);
            // Until one of them is written.
            ChildProcess.Run(["dd", "if=/dev/zero", $"of={data.Path}/file", "bs=1M", "count=32", "conv=notrunc,fsync"]).Succeeds();
            Assert.InRange(before - new DriveInfo(disk).AvailableFreeSpace, 24 << 20, 40 << 20);
        }
        finally
        {
            ChildProcess.Run(["umount", disk]).Succeeds();
            TestDirectory.Remove(folder);
        }
    }

    [RootFact]
    public async Task A_copy_that_was_given_up_or_killed_leaves_nothing()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string path = (await test.Service.Volumes.CreateAsync("data")).Path, root = test.Folder + "/root/volumes";
        File.WriteAllText(path + "/file", "contents");
        await test.Engine.DisposeAsync();
        LocalVolumes volumes = new(root);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => volumes.CreateAsync(volumes.Find("data")! with { Name = "copy" }, path, replaces: false, new(canceled: true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => volumes.CreateAsync(volumes.Find("data")!, path, replaces: true, new(canceled: true)));
        Assert.Equal(["data"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName));
        // As it is between the copy and its name, and between the exchange and the removal of what was there.
        ChildProcess.Run(["cp", "-a", root + "/data", root + "/.new-copy"]).Succeeds();
        ChildProcess.Run(["cp", "-a", root + "/data", root + "/.new-data"]).Succeeds();
        await test.OpenAsync();
        Assert.Equal(["data"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName));
        Assert.Equal("contents", File.ReadAllText(path + "/file"));
    }

    private static void Fill(string path)
    {
        ChildProcess.Run(["sh", "-ec", """
            cd "$1"; chmod 751 .
            echo contents > file; chown 1000:2000 file; chmod 4711 file; ln file name; ln -s ../outside link
            mkdir -p folder/deep; echo x > folder/deep/x; chmod 2700 folder; mkfifo fifo; mknod null c 1 3
            setfattr -n user.a -v b file; setfattr -n trusted.c -v d folder
            truncate -s 64M holes; printf end | dd of=holes bs=1 seek=67108800 conv=notrunc status=none
            touch -d '2001-02-03 04:05:06.789' file folder
            """, "sh", path]).Succeeds();
    }

    private static Dictionary<string, string> Options(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries).ToDictionary(word => word[..word.IndexOf('=', StringComparison.Ordinal)], word => word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]);
}
