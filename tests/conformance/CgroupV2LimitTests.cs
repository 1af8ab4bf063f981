using System.Globalization;
using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Control groups" and kernel documentation admin-guide/cgroup-v2: what is written, and that it holds. Rows R3, R4, R16, R18 to R21.</summary>
public sealed class CgroupV2LimitTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [CgroupV2Theory]
    [InlineData("memory.limit", "67108864", "memory.max", "67108864")]
    [InlineData("memory.limit", "-1", "memory.max", "max")]
    [InlineData("memory.reservation", "33554432", "memory.low", "33554432")]
    [InlineData("memory.swap", "-1", "memory.swap.max", "max")]
    [InlineData("cpu.shares", "2", "cpu.weight", "1")]
    [InlineData("cpu.shares", "262144", "cpu.weight", "10000")]
    [InlineData("cpu.quota", "50000", "cpu.max", "50000 100000")]
    [InlineData("cpu.quota", "-1", "cpu.max", "max 100000")]
    [InlineData("cpu.period", "50000", "cpu.max", "max 50000")]
    [InlineData("cpu.idle", "1", "cpu.idle", "1", Traits = ["fails", "runc"])]
    [InlineData("cpu.cpus", "\"0\"", "cpuset.cpus", "0")]
    [InlineData("cpu.mems", "\"0\"", "cpuset.mems", "0")]
    [InlineData("pids.limit", "20", "pids.max", "20")]
    [InlineData("pids.limit", "-1", "pids.max", "max")]
    [InlineData("pids.limit", "0", "pids.max", "0", Traits = ["fails", "runc"])]
    [InlineData("unified", """{"memory.high": "50331648"}""", "memory.high", "50331648")]
    [InlineData("unified", """{"memory.min": "4194304"}""", "memory.min", "4194304")]
    [InlineData("unified", """{"memory.oom.group": "1"}""", "memory.oom.group", "1")]
    [InlineData("unified", """{"cgroup.max.descendants": "3"}""", "cgroup.max.descendants", "3")]
    public void A_limit_is_written(string path, string json, string file, string expected) => Assert.Equal(expected, Read(Limited(path, json), file));

    // runc 1.1.5 and crun 1.8.1 have the formula before: 1024 shares were a weight of 39.
    [CgroupV2Fact]
    [Reference("runc", "1.1.5 has an older formula")]
    public void The_default_of_shares_is_the_default_of_weights() => Assert.Equal("100", Read(Limited("cpu.shares", "1024"), "cpu.weight"));

    [CgroupV2Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_program_starts_in_the_smallest_limit_of_processes(int limit)
    {
        const string Mapping = """[{"containerID": 0, "hostID": 100000, "size": 65536}]""";
        BundleBuilder Small() => runtime.Bundle("echo", "in").Set("linux.resources.pids.limit", limit);
        Assert.Equal("in\n", runtime.RunBundle(Small()).Succeeds().Stdout);
        Assert.Equal("in\n", runtime.RunBundle(Small().Namespace("user").SetJson("linux.uidMappings", Mapping).SetJson("linux.gidMappings", Mapping)).Succeeds().Stdout);
    }

    [CgroupV2Fact]
    public void Memory_and_swap_together_leave_the_rest_to_swap() => Assert.Equal("33554432", Read(Limited("memory", """{"limit": 67108864, "swap": 100663296}"""), "memory.swap.max"));

    [CgroupV2Fact]
    public void Quota_and_period_are_one_file() => Assert.Equal("20000 50000", Read(Limited("cpu", """{"quota": 20000, "period": 50000}"""), "cpu.max"));

    [CgroupV2Fact]
    [Reference("runc", "1.1.5 has no burst")]
    public void A_burst_is_written() => Assert.Equal("10000", Read(Limited("cpu", """{"quota": 20000, "burst": 10000, "period": 50000}"""), "cpu.max.burst"));

    [CgroupV2Fact]
    public void Throttles_of_block_devices_are_written_together()
    {
        string device = Device();
        string[] parts = device.Split(':');
        string Rate(int rate) => $$"""[{"major": {{parts[0]}}, "minor": {{parts[1]}}, "rate": {{rate}}}]""";
        TestContainer container = Limited("blockIO",
            $$"""{"throttleReadBpsDevice": {{Rate(1048576)}}, "throttleWriteBpsDevice": {{Rate(2097152)}}, "throttleReadIOPSDevice": {{Rate(100)}}, "throttleWriteIOPSDevice": {{Rate(200)}}}""");
        Assert.Equal($"{device} rbps=1048576 wbps=2097152 riops=100 wiops=200", Read(container, "io.max"));
    }

    [CgroupV2Fact]
    public void A_quota_of_a_huge_page_is_written()
    {
        TestContainer container = Limited("hugepageLimits", """[{"pageSize": "2MB", "limit": 4194304}]""");
        Assert.Equal("4194304", Read(container, "hugetlb.2MB.max"));
        Assert.Equal("4194304", Read(container, "hugetlb.2MB.rsvd.max"));
    }

    [CgroupV2Theory]
    [InlineData("cpu.period", "1")]
    [InlineData("cpu.cpus", "\"999\"")]
    [InlineData("unified", """{"memory.nothing": "1"}""")]
    [InlineData("unified", """{"memory.high": "much"}""")]
    [InlineData("unified", """{"../memory.high": "1"}""")]
    [InlineData("memory", """{"limit": 67108864, "swap": 33554432}""")]
    public void A_limit_that_cannot_be_is_an_error_and_leaves_nothing(string path, string json)
    {
        runtime.Container(runtime.Bundle("true").SetJson("linux.resources." + path, json)).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [CgroupV2Theory]
    [InlineData("--memory", "67108864", "memory.max", "67108864")]
    [InlineData("--memory-reservation", "33554432", "memory.low", "33554432")]
    [InlineData("--cpu-quota", "30000", "cpu.max", "30000 100000")]
    [InlineData("--cpu-period", "40000", "cpu.max", "max 40000")]
    [InlineData("--cpuset-cpus", "0", "cpuset.cpus", "0")]
    [InlineData("--cpuset-mems", "0", "cpuset.mems", "0")]
    [InlineData("--pids-limit", "33", "pids.max", "33")]
    public void Update_changes_one_limit(string flag, string value, string file, string expected)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("update", flag, value, container.Id).Succeeds();
        Assert.Equal(expected, Read(container, file));
    }

    [CgroupV2Theory]
    [InlineData("""{"memory": {"limit": 67108864, "swap": 134217728}}""", "memory.swap.max", "67108864")]
    [InlineData("""{"cpu": {"quota": 30000, "period": 40000}}""", "cpu.max", "30000 40000")]
    [InlineData("""{"cpu": {"cpus": "1", "mems": "0"}}""", "cpuset.cpus", "1")]
    [InlineData("""{"pids": {"limit": -1}}""", "pids.max", "max")]
    [InlineData("""{"unified": {"memory.high": "50331648"}}""", "memory.high", "50331648")]
    public void Update_takes_resources_from_standard_input(string json, string file, string expected)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run(new CommandOptions { Input = json }, "update", "--resources=-", container.Id).Succeeds();
        Assert.Equal(expected, Read(container, file));
    }

    [CgroupV2Fact]
    public void Updates_add_up()
    {
        TestContainer container = Limited("memory", """{"limit": 67108864, "swap": 67108864}""");
        runtime.Run("update", "--cpu-period", "40000", container.Id).Succeeds();
        runtime.Run("update", "--cpu-quota", "20000", container.Id).Succeeds();
        runtime.Run("update", "--memory", "134217728", "--memory-swap", "134217728", container.Id).Succeeds();
        Assert.Equal("20000 40000", Read(container, "cpu.max"));
        Assert.Equal("134217728", Read(container, "memory.max"));
        Assert.Equal("0", Read(container, "memory.swap.max"));
    }

    [CgroupV2Fact]
    public void Device_rules_stay_through_an_update_and_are_replaced_whole()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Capabilities(["bounding", "effective", "permitted"], "CAP_MKNOD")
            .WithoutMount("/dev/shm").Mount("/dev/shm", "tmpfs", "shm", "mode=1777"));
        container.Exec("mknod", "/dev/shm/kmsg", "c", "1", "11");
        Assert.Equal("EPERM\n", container.Exec("probe", "open", "/dev/shm/kmsg", "r").Stdout);
        runtime.Run("update", "--pids-limit", "20", container.Id).Succeeds();
        Assert.Equal("EPERM\n", container.Exec("probe", "open", "/dev/shm/kmsg", "r").Stdout);
        Assert.Equal("ok\n", container.Exec("probe", "open", "/dev/null", "rw").Stdout);
    }

    [CgroupV2Fact]
    public void Memory_high_slows_and_does_not_kill()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Mount("/mnt", "tmpfs", "tmpfs")
            .SetJson("linux.resources.unified", """{"memory.high": "16777216", "memory.max": "268435456"}"""));
        ChildProcess writer = runtime.StartCommand(new CommandOptions(), "exec", container.Id, "dd", "if=/dev/zero", "of=/mnt/file", "bs=1M", "count=24");
        Condition.Await("the kernel's brake", () => Number(container, "memory.events", "high") > 0);
        runtime.Run(new CommandOptions { Input = """{"unified": {"memory.high": "max"}}""" }, "update", "--resources=-", container.Id).Succeeds();
        writer.WaitForEnd().Succeeds();
        Assert.Equal(0, Number(container, "memory.events", "oom_kill"));
    }

    [CgroupV2Fact]
    public void Pause_freezes_and_kill_reaches_the_frozen()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("pause", container.Id).Succeeds();
        Assert.Equal("1", Read(container, "cgroup.freeze"));
        Assert.Equal(1, Number(container, "cgroup.events", "frozen"));
        Assert.Equal("paused", container.Status);
        runtime.Run("kill", container.Id, "KILL").Succeeds();
        container.WaitForEnd();
    }

    [CgroupV2Fact]
    public void Kill_all_without_a_pid_namespace_leaves_no_process()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("sleep 1001 & sleep 1002 & echo ready; exec sleep 1000").WithoutNamespace("pid"));
        container.Create();
        container.Start();
        container.WaitForOutput("ready");
        Assert.Equal(3, Read(container, "cgroup.procs").Split('\n').Length);
        runtime.Run("kill", "--all", container.Id, "KILL").Succeeds();
        container.WaitForEnd();
        Condition.Await("an empty cgroup", () => Read(container, "cgroup.procs").Length == 0);
    }

    [CgroupV2Fact]
    public void The_cgroup_mount_is_the_container_s_own_and_read_only()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("cat /proc/self/cgroup /sys/fs/cgroup/memory.max; mkdir /sys/fs/cgroup/x 2> /dev/null || echo refused")
            .Namespace("cgroup").SetJson("linux.resources.memory", """{"limit": 33554432}""");
        string[] lines = runtime.RunBundle(bundle).Succeeds().Lines;
        Assert.All((string[])["0::/", "33554432", "refused"], line => Assert.Contains(line, lines));
    }

    [CgroupV2Fact]
    public void Exec_joins_a_group_below_the_container_s()
    {
        TestContainer container = runtime.StartSleeping();
        string group = Path.GetDirectoryName(CgroupTree.PathOf("", container.Bundle.CgroupsPath, "x"))!;
        Directory.CreateDirectory(group + "/sub");
        Assert.EndsWith(container.Bundle.CgroupsPath + "/sub", container.Exec(["--cgroup", "sub"], "cat", "/proc/self/cgroup").Succeeds().Text);
    }

    [CgroupV2Fact]
    public void Stats_have_the_shape_that_containerd_reads_and_tell_of_pressure()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.memory", """{"limit": 67108864}""").SetJson("linux.resources.pids", """{"limit": 30}"""));
        JsonNode data = JsonNode.Parse(runtime.Run("events", "--stats", container.Id).Succeeds().Stdout)!["data"]!;
        Assert.Equal(67108864, (long)data["memory"]!["usage"]!["limit"]!);
        Assert.True((long)data["memory"]!["usage"]!["usage"]! > 0);
        Assert.True(data["memory"]!["raw"]!.AsObject().Count > 10);
        Assert.Equal((1, 30), ((int)data["pids"]!["current"]!, (int)data["pids"]!["limit"]!));
        Assert.True((long)data["cpu"]!["usage"]!["total"]! > 0);
        Assert.All((string[])["cpu", "memory", "blkio"], part => Assert.NotNull(data[part]!["psi"]!["some"]!["total"]));
    }

    [CgroupV2Fact]
    [Reference("runc", "1.1.5 has no delegation by the kernel's list")]
    public void A_tree_that_a_user_namespace_may_write_belongs_to_its_root()
    {
        const string Mapping = """[{"containerID": 0, "hostID": 100000, "size": 65536}]""";
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Namespace("user").Namespace("cgroup").SetJson("linux.uidMappings", Mapping).SetJson("linux.gidMappings", Mapping)
            .WithoutMount("/sys/fs/cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw"));
        Assert.Equal("100000\n", ChildProcess.Run(["stat", "-c", "%u", CgroupTree.PathOf("", container.Bundle.CgroupsPath, "cgroup.procs")]).Succeeds().Stdout);
        Assert.Equal("0\n", ChildProcess.Run(["stat", "-c", "%u", CgroupTree.PathOf("", container.Bundle.CgroupsPath, "memory.max")]).Succeeds().Stdout);
        container.Exec("mkdir", "/sys/fs/cgroup/own").Succeeds();
    }

    private TestContainer Limited(string path, string json) => runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources." + path, json));

    private static string Read(TestContainer container, string file) => CgroupTree.Read("", container.Bundle.CgroupsPath, file);

    private static long Number(TestContainer container, string file, string key) =>
        long.Parse(Read(container, file).Split('\n').Single(line => line.StartsWith(key + " ", StringComparison.Ordinal))[(key.Length + 1)..], CultureInfo.InvariantCulture);

    /// <summary>Numbers of a disk: MAJOR:MINOR.</summary>
    private static string Device() => File.ReadAllText(Directory.EnumerateDirectories("/sys/block").First(disk => File.Exists(disk + "/queue/scheduler")) + "/dev").Trim();
}
