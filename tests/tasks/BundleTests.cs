using Keelson.Engine.Tasks.Bundles;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Tasks.Tests.Support;

namespace Keelson.Tasks.Tests;

/// <summary>Directories of tasks.</summary>
public class BundleTests
{
    private const string Config = """{"linux":{"gidMappings":[{"containerID":1,"hostID":5,"size":1},{"containerID":0,"hostID":3000,"size":10}]},"x":[{"containerID":0,"hostID":9}]}""";
    private readonly string folder = TestDirectory.Make("bundles");

    private BundleStore Open() => new(folder + "/state", folder + "/root");

    private string Tasks => folder + "/state/io.containerd.runtime.v2.task";

    [RootFact]
    public void A_bundle_is_closed_to_others_and_holds_what_a_shim_looks_for()
    {
        TaskBundle bundle = Open().Create("ns", "c1", "{}"u8, "/bin/shim");

        Assert.Equal($"{Tasks}/ns/c1", bundle.Path);
        Assert.Equal(["config.json", "rootfs", "shim-binary-path", "work"], Directory.GetFileSystemEntries(bundle.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal((0b111_000_000u, 0b111_001_001u, 0b110_000_000u), (Mode(bundle.Path), Mode(bundle.Rootfs), Mode(bundle.Path + "/config.json")));
        Assert.Equal((0b111_001_001u, 0b111_001_001u), (Mode(Tasks), Mode(Tasks + "/ns")));
        Assert.Equal($"{folder}/root/io.containerd.runtime.v2.task/ns/c1", new FileInfo(bundle.Path + "/work").LinkTarget);
        Assert.True(Directory.Exists(Path.Combine(bundle.Path, "work", "")));
        Assert.Equal("/bin/shim", bundle.ShimProgram);
    }

    [RootFact]
    public void The_root_of_a_user_namespace_may_pass_through()
    {
        TaskBundle bundle = Open().Create("ns", "c1", System.Text.Encoding.UTF8.GetBytes(Config), "/bin/shim");

        Files.TryStatus(bundle.Path, out FileStatus status).ThrowIfError("stat", bundle.Path);
        Assert.Equal((0b111_001_000u, 3000u, 0u), (status.Mode & 0xfff, status.Gid, status.Uid));
    }

    [RootFact]
    public void A_bundle_that_is_there_is_not_touched_by_another_of_its_name()
    {
        BundleStore store = Open();
        TaskBundle bundle = store.Create("ns", "c1", "{}"u8, "/bin/shim");
        Assert.Equal(ErrorKind.AlreadyExists, Assert.Throws<KeelsonException>(() => store.Create("ns", "c1", "[]"u8, "/bin/other")).Kind);
        Assert.Equal("{}", File.ReadAllText(bundle.Path + "/config.json"));
        Assert.Equal(["c1"], Directory.GetFileSystemEntries(Tasks + "/ns").Select(Path.GetFileName));
    }

    [RootFact]
    public void A_configuration_that_is_none_makes_no_bundle()
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Open().Create("ns", "c1", "{"u8, "/bin/shim")).Kind);
        Assert.Empty(Directory.GetFileSystemEntries(Tasks));
    }

    [RootFact]
    public void Removing_unmounts_first_and_never_removes_what_is_mounted()
    {
        BundleStore store = Open();
        TaskBundle bundle = store.Create("ns", "c1", "{}"u8, "/bin/shim");
        string precious = Directory.CreateDirectory(folder + "/precious").FullName;
        File.WriteAllText(precious + "/file", "kept");
        Directory.CreateDirectory(bundle.Rootfs + "/below");
        foreach (string target in (string[])[bundle.Rootfs + "/below", bundle.Rootfs, bundle.Rootfs])
            Mounts.TryMount(precious, target, "", MountFlags.MS_BIND, null).ThrowIfError("mount", target);

        store.Remove(bundle);
        store.Remove(bundle);

        Assert.Equal("kept", File.ReadAllText(precious + "/file"));
        Assert.Empty(Directory.GetFileSystemEntries(Tasks + "/ns"));
        Assert.Empty(Directory.GetFileSystemEntries($"{folder}/root/io.containerd.runtime.v2.task/ns"));
        Assert.DoesNotContain(folder, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [RootFact]
    public void What_a_crash_left_is_removed_and_modes_of_an_older_release_are_mended()
    {
        TaskBundle bundle = Open().Create("ns", "c1", "{}"u8, "/bin/shim");
        Directory.CreateDirectory($"{Tasks}/ns/.c2.new/rootfs");
        Directory.CreateDirectory($"{Tasks}/ns/.c3.old");
        Directory.CreateDirectory($"{folder}/root/io.containerd.runtime.v2.task/ns/c2");
        foreach (string path in (string[])[Tasks, Tasks + "/ns", bundle.Path]) TestDirectory.SetMode(path, 0b111_111_111);

        List<TaskBundle> found = Open().Scan((what, why) => Assert.Fail(what + why));

        Assert.Equal([bundle], found);
        Assert.Equal((0b111_001_001u, 0b111_001_001u, 0b111_000_000u), (Mode(Tasks), Mode(Tasks + "/ns"), Mode(bundle.Path)));
        Assert.Equal(["c1"], Directory.GetFileSystemEntries(Tasks + "/ns").Select(Path.GetFileName));
        Assert.Equal(["c1"], Directory.GetFileSystemEntries($"{folder}/root/io.containerd.runtime.v2.task/ns").Select(Path.GetFileName));
    }

    [PublishedFact]
    public async Task A_bundle_without_a_shim_is_removed_when_the_engine_starts()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.Engine.DisposeAsync();
        new BundleStore(engine.State, engine.Root).Create(EngineUnderTest.Space, "lost", "{}"u8, Repository.PublishedShim);

        await engine.OpenAsync();

        Condition.Await("the bundle is gone", () => Directory.GetFileSystemEntries(engine.Bundles).Length == 0);
        Assert.Empty(engine.Tasks.List(EngineUnderTest.Space));
    }

    private static uint Mode(string path)
    {
        Files.TryStatus(path, out FileStatus status).ThrowIfError("stat", path);
        return status.Mode & 0xfff;
    }
}
