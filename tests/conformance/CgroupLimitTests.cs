namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Control groups" on v1 and hybrid machines: what is written, and that it holds. Rows R16, R19, R20.</summary>
public sealed class CgroupLimitTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [CgroupV1Theory]
    [InlineData("memory.limit", "67108864", "memory", "memory.limit_in_bytes", "67108864")]
    [InlineData("memory.limit", "-1", "memory", "memory.limit_in_bytes", "9223372036854771712")]
    [InlineData("memory.reservation", "33554432", "memory", "memory.soft_limit_in_bytes", "33554432")]
    [InlineData("memory.swappiness", "7", "memory", "memory.swappiness", "7")]
    [InlineData("cpu.shares", "512", "cpu", "cpu.shares", "512")]
    [InlineData("cpu.quota", "50000", "cpu", "cpu.cfs_quota_us", "50000")]
    [InlineData("cpu.quota", "-1", "cpu", "cpu.cfs_quota_us", "-1")]
    [InlineData("cpu.period", "50000", "cpu", "cpu.cfs_period_us", "50000")]
    [InlineData("cpu.cpus", "\"0\"", "cpuset", "cpuset.cpus", "0")]
    [InlineData("cpu.mems", "\"0\"", "cpuset", "cpuset.mems", "0")]
    [InlineData("pids.limit", "20", "pids", "pids.max", "20")]
    [InlineData("pids.limit", "-1", "pids", "pids.max", "max")]
    // runc 1.1.5 and crun 1.8.1 have no idle.
    [InlineData("cpu.idle", "1", "cpu", "cpu.idle", "1", Traits = ["fails", "runc"])]
    // runtime-spec 1.3: 0 is a limit of 0; runc 1.1.5 takes it for "not set".
    [InlineData("pids.limit", "0", "pids", "pids.max", "0", Traits = ["fails", "runc"])]
    public void A_limit_is_written(string path, string json, string controller, string file, string expected)
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000").SetJson("linux.resources." + path, json));
        container.Create();
        Assert.Equal(expected, CgroupTree.Read(controller, container.Bundle.CgroupsPath, file));
    }

    [CgroupV1Fact]
    public void Quota_burst_and_period_are_written_together()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.cpu", """{"quota": 20000, "period": 50000}"""));
        Assert.Equal("20000", CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.cfs_quota_us"));
        Assert.Equal("50000", CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.cfs_period_us"));
    }

    [CgroupV1Fact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no burst")]
    public void A_burst_is_written()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.cpu", """{"quota": 20000, "burst": 10000, "period": 50000}"""));
        Assert.Equal("10000", CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.cfs_burst_us"));
    }

    [CgroupV1Fact]
    public void Memory_and_swap_are_written_together()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.memory", """{"limit": 67108864, "swap": 100663296}"""));
        Assert.Equal("67108864", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.limit_in_bytes"));
        Assert.Equal("100663296", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.memsw.limit_in_bytes"));
    }

    [CgroupV1Fact]
    public void The_killer_can_be_turned_off()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.memory", """{"limit": 67108864, "disableOOMKiller": true}"""));
        Assert.StartsWith("oom_kill_disable 1\n", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.oom_control"));
    }

    [CgroupV1Fact]
    public void Throttles_of_block_devices_are_written()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.blockIO", """
            {"throttleReadBpsDevice": [{"major": 254, "minor": 0, "rate": 1048576}], "throttleWriteBpsDevice": [{"major": 254, "minor": 0, "rate": 2097152}],
             "throttleReadIOPSDevice": [{"major": 254, "minor": 0, "rate": 100}], "throttleWriteIOPSDevice": [{"major": 254, "minor": 0, "rate": 200}]}
            """));
        Assert.Equal("254:0 1048576", CgroupTree.Read("blkio", container.Bundle.CgroupsPath, "blkio.throttle.read_bps_device"));
        Assert.Equal("254:0 2097152", CgroupTree.Read("blkio", container.Bundle.CgroupsPath, "blkio.throttle.write_bps_device"));
        Assert.Equal("254:0 100", CgroupTree.Read("blkio", container.Bundle.CgroupsPath, "blkio.throttle.read_iops_device"));
        Assert.Equal("254:0 200", CgroupTree.Read("blkio", container.Bundle.CgroupsPath, "blkio.throttle.write_iops_device"));
    }

    [CgroupFact]
    public void A_process_that_takes_more_memory_than_the_limit_is_killed()
    {
        BundleBuilder bundle = runtime.Bundle("sh", "-c", "probe eat 200; echo after $?").SetJson("linux.resources.memory", """{"limit": 33554432, "swap": 33554432}""");
        Assert.Equal("after 137\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [CgroupFact]
    public void A_process_within_the_limit_lives() => Assert.Equal(
        "ate 10\n", runtime.RunBundle(runtime.Bundle("probe", "eat", "10").SetJson("linux.resources.memory", """{"limit": 33554432, "swap": 33554432}""")).Succeeds().Stdout);

    [CgroupFact]
    public void No_more_processes_are_made_than_the_limit_allows() => Assert.Equal(
        "9 EAGAIN\n", runtime.RunBundle(runtime.Bundle("probe", "forks", "50").SetJson("linux.resources.pids", """{"limit": 10}""")).Succeeds().Stdout);

    [CgroupFact]
    public void A_busy_process_is_throttled_to_its_quota()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("while true; do :; done").SetJson("linux.resources.cpu", """{"quota": 5000, "period": 50000}"""));
        Condition.Await("throttling", () => CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.stat").Split('\n').Any(l =>
            l.StartsWith("nr_throttled ", StringComparison.Ordinal) && l != "nr_throttled 0"));
    }

    [CgroupFact]
    public void The_container_s_processes_are_in_its_cgroup_of_every_controller()
    {
        TestContainer container = runtime.StartSleeping();
        foreach (string line in File.ReadAllLines($"/proc/{container.Pid}/cgroup"))
        {
            string[] parts = line.Split(':');
            if (parts[1].Length > 0) Assert.Equal(container.Bundle.CgroupsPath, parts[2]);
        }
    }

    [CgroupV1Fact]
    public void The_cgroup_mount_shows_each_controller_read_only()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("ls /sys/fs/cgroup; cat /sys/fs/cgroup/memory/memory.limit_in_bytes; mkdir /sys/fs/cgroup/memory/x 2> /dev/null || echo refused")
            .SetJson("linux.resources.memory", """{"limit": 33554432}""");
        string[] lines = runtime.RunBundle(bundle).Succeeds().Lines;
        Assert.All((string[])["cpu", "memory", "pids", "devices", "33554432", "refused"], l => Assert.Contains(l, lines));
    }

    [CgroupV1Fact]
    public void The_cgroup_mount_works_with_a_cgroup_namespace()
    {
        BundleBuilder bundle = runtime.Bundle("cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes").Namespace("cgroup").SetJson("linux.resources.memory", """{"limit": 33554432}""");
        Assert.Equal("33554432\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [CgroupV1Fact]
    public void A_container_without_cgroupsPath_gets_a_cgroup_named_after_it()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Set("linux.cgroupsPath", null));
        string line = File.ReadAllLines($"/proc/{container.Pid}/cgroup").Single(l => l.Contains(":pids:", StringComparison.Ordinal));
        Assert.EndsWith("/" + container.Id, line);
        container.KillAndDelete();
        Assert.False(Directory.Exists("/sys/fs/cgroup/pids" + line.Split(':')[2]));
    }

    [CgroupV1Fact]
    public void Parents_of_a_cpuset_are_filled_in()
    {
        TestContainer container = runtime.StartSleeping();
        Assert.NotEqual("", CgroupTree.Read("cpuset", runtime.Cgroup, "cpuset.cpus"));
        Assert.NotEqual("", CgroupTree.Read("cpuset", container.Bundle.CgroupsPath, "cpuset.mems"));
    }

    [CgroupV1Theory]
    [InlineData("memory.limit", "4096")]
    [InlineData("cpu.period", "1")]
    [InlineData("cpu.cpus", "\"999\"")]
    [InlineData("memory.swappiness", "1000")]
    public void A_limit_that_the_kernel_refuses_is_an_error_and_leaves_nothing(string path, string json)
    {
        runtime.Container(runtime.Bundle("true").SetJson("linux.resources." + path, json)).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [CgroupV1Fact]
    public void A_cgroups_path_that_climbs_out_stays_below_the_hierarchy()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000").Set("linux.cgroupsPath", $"/../../..{runtime.Cgroup}/climb"));
        // Refused, or taken as if the root were the end.
        if (container.TryCreate().ExitCode == 0) Assert.True(Directory.Exists($"/sys/fs/cgroup/pids{runtime.Cgroup}/climb"));
        Assert.False(Directory.Exists(runtime.Cgroup));
    }

    [CgroupFact]
    [Reference("runc", "1.1.5 has 4 MiB for itself in the container's cgroup")]
    public void A_container_starts_with_a_limit_of_one_mebibyte() =>
        runtime.RunBundle(runtime.Bundle("true").SetJson("linux.resources.memory", """{"limit": 1048576}""")).Succeeds();
}
