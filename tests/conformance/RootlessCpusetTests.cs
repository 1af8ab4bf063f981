namespace Keelson.Conformance;

/// <summary>A user's containers in groups of the v1 <c>cpuset</c> controller to which nobody has given CPUs. Row R9.</summary>
public sealed class RootlessCpusetTests : IDisposable
{
    private const string Hierarchy = "/sys/fs/cgroup/cpuset";
    private static readonly string[] Files = ["cpuset.cpus", "cpuset.mems"];
    private static int last;

    private readonly string top = $"/{TestDirectory.Name}/cpuset{Interlocked.Increment(ref last)}";
    private readonly RuntimeUnderTest runtime;

    /// <summary>Gives user 1000 a group below one of root's in each hierarchy. cgroup v2 lets a user move processes only inside of what belongs to that user.</summary>
    public RootlessCpusetTests()
    {
        foreach (string hierarchy in CgroupTree.Hierarchies)
        {
            Directory.CreateDirectory(hierarchy + Mine);
            ChildProcess.Run(["chown", "--recursive", "1000:1000", hierarchy + Mine]).Succeeds();
        }
        string enter = $"for h in {string.Join(' ', CgroupTree.Hierarchies)}; do test ! -e $h/cgroup.controllers || echo 0 > $h{Mine}/cgroup.procs; done; exec \"$@\"";
        runtime = new RuntimeUnderTest(rootless: true) { Prefix = ["sh", "-c", enter, "sh"] };
    }

    private string Mine => top + "/mine";

    public void Dispose()
    {
        runtime.Dispose();
        foreach (string hierarchy in CgroupTree.Hierarchies) CgroupTree.Remove(hierarchy + top);
    }

    [CgroupV1Theory]
    [InlineData("{}")]
    [InlineData("""{"cpu": {"cpus": "0"}}""")]
    [InlineData("""{"cpu": {"cpus": "0", "mems": "0"}}""")]
    public void The_user_s_own_ones_are_filled_from_the_nearest_that_has_some(string resources)
    {
        Populate($"/{TestDirectory.Name}");
        Populate(top);
        Assert.Contains($":cpuset:{Mine}/inner/own\n", Run(resources).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.All(Files, file => Assert.Equal(Read(top, file), Read(Mine, file)));
        Assert.Equal(Read(top, "cpuset.cpus"), Read(Mine + "/inner", "cpuset.cpus"));
    }

    [CgroupV1Fact]
    public void A_container_that_asks_for_none_does_without_where_a_group_of_root_s_has_none()
    {
        CommandResult result = Run("""{"pids": {"limit": 20}}""").Succeeds();
        Assert.Contains($":pids:{Mine}/inner/own\n", result.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain($":cpuset:{top}", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("gets no CPUs", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(Hierarchy + Mine));
    }

    [CgroupV1Fact]
    public void A_container_that_asks_for_some_is_refused_there()
    {
        Run("""{"cpu": {"cpus": "0"}}""").Fails($"write cpuset.cpus of {Hierarchy}/{TestDirectory.Name}");
        Assert.Empty(CgroupTree.Below(Mine));
    }

    private CommandResult Run(string resources) =>
        runtime.RunBundle(runtime.Bundle("cat", "/proc/self/cgroup").ForUser().Set("linux.cgroupsPath", Mine + "/inner/own").SetJson("linux.resources", resources));

    private static string Read(string group, string file) => CgroupTree.Read("cpuset", group, file);

    /// <summary>Gives a group all that its hierarchy has.</summary>
    private static void Populate(string group)
    {
        foreach (string file in Files) File.WriteAllText(CgroupTree.PathOf("cpuset", group, file), Read("", file));
    }
}
