using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;
using Status = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.Engine.Tests.Containers;

/// <summary>A disk without room: who asks is told so, nothing half-made stays, and with room again all goes on.</summary>
public sealed class FullDiskTests
{
    private const string Cause = "no space left on device";

    [RootTheory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(8192)]
    [InlineData(16384)]
    public async Task A_container_is_made_whole_or_not_at_all(int leftBytes)
    {
        using SmallDisk disk = SmallDisk.Mount(32);
        await using ContainersUnderTest test = await OpenAsync(disk);
        HostSettings host = new() { Binds = ["data:/etc"] };
        disk.Fill(leftBytes);

        Exception? refused = await Record.ExceptionAsync(() => test.CreateAsync(["true"], host: host, name: "one"));

        if (leftBytes == 0) Assert.NotNull(refused);
        if (refused is not null)
        {
            Told(refused);
            Assert.Empty(test.Service.List());
            Assert.Empty(test.Service.Volumes.List());
            Assert.Empty(Directory.GetFileSystemEntries(test.Folder + "/root/containers"));
        }
        disk.Free();
        if (refused is null) await test.Service.RemoveAsync("one");
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal(1, test.SnapshotDirectories);
        Assert.Equal((0, "root\n"), await test.FinishAsync("head -n 1 /etc/group | cut -d: -f1", host: host));
        // What is on the disk is what is in memory.
        await test.ReopenAsync();
        Assert.Empty(test.Service.List());
    }

    [RootFact]
    public async Task A_container_that_could_not_be_started_says_why_and_starts_when_there_is_room()
    {
        using SmallDisk disk = SmallDisk.Mount(32);
        await using ContainersUnderTest test = await OpenAsync(disk);
        string id = await test.CreateAsync(["true"]);
        disk.Fill();

        Told(await Record.ExceptionAsync(() => test.Service.StartAsync(id)));

        Assert.Equal(Status.Created, test.Service.Get(id).State.Status);
        Assert.Contains(Cause, test.Service.Get(id).State.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(test.Engine.Tasks.List(test.Service.Namespace));
        disk.Free();
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        Assert.True(await test.Service.StartAsync(id));
        Assert.Equal(0, (await end).ExitCode);
    }

    [RootFact]
    public async Task A_container_that_fills_the_disk_ends_is_known_to_have_ended_and_is_removed_to_make_room()
    {
        using SmallDisk disk = SmallDisk.Mount(32);
        await using ContainersUnderTest test = await OpenAsync(disk);
        string id = await test.CreateAsync(["sh", "-c", "cat /dev/zero > /file; exit 7"]), other = await test.CreateAsync(["true"]);
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        await test.Service.StartAsync(id);
        Assert.Equal(7, (await end).ExitCode);
        Assert.Equal((Status.Exited, 7), (test.Service.Get(id).State.Status, test.Service.Get(id).State.ExitCode));
        disk.Fill();

        // What gives room back has to be written down first.
        await test.Service.RemoveAsync(other);
        await test.Engine.Images.RemoveAsync(test.Service.Namespace, ContainersUnderTest.Image, force: true);
        await test.Service.RemoveAsync(id);

        disk.Free();
        await test.ReopenAsync();
        Assert.Empty(test.Service.List());
        await test.Engine.Database.Collector.CollectAsync();
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal((0, 0), (test.SnapshotDirectories, Content(test)));
        await test.ImportAsync(ContainersUnderTest.Image, config => config);
        Assert.Equal((0, "room\n"), await test.FinishAsync("dd if=/dev/zero of=/file bs=1M count=4 2>/dev/null && echo room"));
    }

    [RootFact]
    public async Task An_import_a_commit_and_a_load_leave_no_image_and_work_when_there_is_room()
    {
        using SmallDisk disk = SmallDisk.Mount(32);
        await using ContainersUnderTest test = await OpenAsync(disk);
        string id = await test.CreateAsync(["true"]);
        using MemoryStream tree = new(), saved = new();
        await test.Service.ExportAsync(id, tree);
        await test.Engine.Images.SaveAsync(test.Service.Namespace, [ContainersUnderTest.Image], saved);
        IReadOnlyList<EngineImage> before = await test.Engine.Images.ListAsync(test.Service.Namespace);
        int content = Content(test);
        disk.Fill(1 << 20);

        // A commit is an import of what an export gives.
        Told(await Record.ExceptionAsync(() => ImportAsync()));
        Told(await Record.ExceptionAsync(() => LoadAsync()));

        Assert.Equal(before.Select(image => image.Id), (await test.Engine.Images.ListAsync(test.Service.Namespace)).Select(image => image.Id));
        Assert.Empty(await test.Engine.Images.ListAsync("other"));
        Assert.Empty(test.Engine.Database.Leases(test.Service.Namespace).List());
        Assert.Empty(test.Engine.Database.Leases("other").List());
        disk.Free();
        await test.Engine.Database.Collector.CollectAsync();
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal((content, 2), (Content(test), test.SnapshotDirectories));
        Assert.Equal(["docker.io/library/second:1"], (await ImportAsync()).Names);
        await test.Engine.Images.RemoveAsync(test.Service.Namespace, "second:1");
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal(before[0].Id, (await LoadAsync())[0].Id);

        async Task<EngineImage> ImportAsync()
        {
            tree.Position = 0;
            return await test.Engine.Images.ImportAsync(test.Service.Namespace, tree, ImageReference.Parse("second:1"));
        }

        async Task<IReadOnlyList<EngineImage>> LoadAsync()
        {
            saved.Position = 0;
            return await test.Engine.Images.LoadAsync("other", saved);
        }
    }

    private static async Task<ContainersUnderTest> OpenAsync(SmallDisk disk)
    {
        ContainersUnderTest test = await ContainersUnderTest.StartAsync(disk.Path);
        await test.ImportAsync(ContainersUnderTest.Image, config => config);
        return test;
    }

    private static int Content(ContainersUnderTest test) => Directory.GetFiles(test.Folder + "/root/store/blobs", "*", SearchOption.AllDirectories).Length;

    private static void Told(Exception? error)
    {
        Assert.NotNull(error);
        Assert.Contains(Cause, (error as KeelsonException)?.FullMessage ?? error.Message, StringComparison.OrdinalIgnoreCase);
    }
}
