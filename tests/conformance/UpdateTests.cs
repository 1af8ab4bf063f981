namespace Keelson.Conformance;

/// <summary><c>update</c>: limits of a running container. Row R3.</summary>
public sealed class UpdateTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [CgroupV1Theory]
    [InlineData("--memory", "67108864", "memory", "memory.limit_in_bytes", "67108864")]
    [InlineData("--memory-reservation", "33554432", "memory", "memory.soft_limit_in_bytes", "33554432")]
    [InlineData("--cpu-share", "256", "cpu", "cpu.shares", "256")]
    [InlineData("--cpu-quota", "30000", "cpu", "cpu.cfs_quota_us", "30000")]
    [InlineData("--cpu-period", "40000", "cpu", "cpu.cfs_period_us", "40000")]
    [InlineData("--cpuset-cpus", "0", "cpuset", "cpuset.cpus", "0")]
    [InlineData("--cpuset-mems", "0", "cpuset", "cpuset.mems", "0")]
    [InlineData("--pids-limit", "33", "pids", "pids.max", "33")]
    public void A_flag_changes_one_limit(string flag, string value, string controller, string file, string expected)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("update", flag, value, container.Id).Succeeds();
        Assert.Equal(expected, CgroupTree.Read(controller, container.Bundle.CgroupsPath, file));
    }

    [CgroupV1Theory]
    [InlineData("""{"memory": {"limit": 67108864}}""", "memory", "memory.limit_in_bytes", "67108864")]
    [InlineData("""{"memory": {"limit": 67108864, "swap": 134217728}}""", "memory", "memory.memsw.limit_in_bytes", "134217728")]
    [InlineData("""{"memory": {"reservation": 33554432}}""", "memory", "memory.soft_limit_in_bytes", "33554432")]
    [InlineData("""{"cpu": {"shares": 256}}""", "cpu", "cpu.shares", "256")]
    [InlineData("""{"cpu": {"quota": 30000, "period": 40000}}""", "cpu", "cpu.cfs_quota_us", "30000")]
    [InlineData("""{"cpu": {"quota": 30000, "period": 40000}}""", "cpu", "cpu.cfs_period_us", "40000")]
    [InlineData("""{"cpu": {"cpus": "1", "mems": "0"}}""", "cpuset", "cpuset.cpus", "1")]
    [InlineData("""{"pids": {"limit": 44}}""", "pids", "pids.max", "44")]
    [InlineData("""{"pids": {"limit": -1}}""", "pids", "pids.max", "max")]
    public void Resources_from_standard_input_change_limits(string json, string controller, string file, string expected)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run(new CommandOptions { Input = json }, "update", "--resources=-", container.Id).Succeeds();
        Assert.Equal(expected, CgroupTree.Read(controller, container.Bundle.CgroupsPath, file));
    }

    [CgroupV1Fact]
    public void Resources_from_a_file_change_limits()
    {
        TestContainer container = runtime.StartSleeping();
        string path = runtime.WorkDirectory + "/resources.json";
        File.WriteAllText(path, """{"memory": {"limit": 67108864}, "pids": {"limit": 55}}""");
        runtime.Run("update", "-r", path, container.Id).Succeeds();
        Assert.Equal("67108864", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.limit_in_bytes"));
        Assert.Equal("55", CgroupTree.Read("pids", container.Bundle.CgroupsPath, "pids.max"));
    }

    [CgroupV1Fact]
    public void What_is_not_named_stays_as_it_was()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.memory", """{"limit": 67108864}""").SetJson("linux.resources.cpu", """{"shares": 300}"""));
        runtime.Run("update", "--pids-limit", "20", container.Id).Succeeds();
        Assert.Equal("67108864", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.limit_in_bytes"));
        Assert.Equal("300", CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.shares"));
    }

    [CgroupV1Fact]
    public void Memory_and_swap_are_raised_and_lowered_together_in_the_order_that_the_kernel_wants()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.memory", """{"limit": 67108864, "swap": 67108864}"""));
        runtime.Run("update", "--memory", "134217728", "--memory-swap", "134217728", container.Id).Succeeds();
        Assert.Equal("134217728", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.limit_in_bytes"));
        runtime.Run("update", "--memory", "33554432", "--memory-swap", "33554432", container.Id).Succeeds();
        Assert.Equal("33554432", CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.memsw.limit_in_bytes"));
    }

    [CgroupV1Fact]
    public void Updates_add_up()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("update", "--cpu-period", "40000", container.Id).Succeeds();
        runtime.Run("update", "--cpu-quota", "20000", container.Id).Succeeds();
        Assert.Equal("40000", CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.cfs_period_us"));
        Assert.Equal("20000", CgroupTree.Read("cpu", container.Bundle.CgroupsPath, "cpu.cfs_quota_us"));
    }

    [CgroupV1Fact]
    public void Device_rules_stay_through_an_update()
    {
        TestContainer container = runtime.StartSleeping();
        string before = CgroupTree.Read("devices", container.Bundle.CgroupsPath, "devices.list");
        runtime.Run("update", "--pids-limit", "20", container.Id).Succeeds();
        Assert.Equal(before, CgroupTree.Read("devices", container.Bundle.CgroupsPath, "devices.list"));
    }

    [CgroupFact]
    public void A_created_container_can_be_updated()
    {
        TestContainer container = runtime.Container(runtime.Bundle("true"));
        container.Create();
        runtime.Run("update", "--pids-limit", "20", container.Id).Succeeds();
        Assert.Equal("20", CgroupTree.Read("pids", container.Bundle.CgroupsPath, "pids.max"));
    }

    [CgroupFact]
    public void A_paused_container_can_be_updated_and_stays_paused()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("pause", container.Id).Succeeds();
        runtime.Run("update", "--pids-limit", "20", container.Id).Succeeds();
        Assert.Equal("paused", container.Status);
    }

    [CgroupTheory]
    [InlineData("--memory", "not-a-number")]
    [InlineData("--cpu-period", "1")]
    [InlineData("--cpuset-cpus", "999")]
    public void An_update_that_cannot_be_is_an_error(string flag, string value) => runtime.Run("update", flag, value, runtime.StartSleeping().Id).Fails();

    [CgroupFact]
    public void An_update_that_is_no_json_is_an_error() =>
        runtime.Run(new CommandOptions { Input = "{" }, "update", "--resources", "-", runtime.StartSleeping().Id).Fails();

    [CgroupFact]
    public void An_update_of_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("update", "--memory", "1000000", runtime.NewId()).Fails("does not exist");

    [CgroupFact]
    public void An_update_of_a_stopped_container_is_an_error()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        runtime.Run("update", "--pids-limit", "20", container.Id).Fails();
    }

    [CgroupFact]
    public void A_memory_limit_below_the_use_is_refused_when_it_is_to_be_checked()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Mount("/mnt", "tmpfs", "tmpfs"));
        container.Exec("dd", "if=/dev/zero", "of=/mnt/file", "bs=1M", "count=20").Succeeds();
        runtime.Run(new CommandOptions { Input = """{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}""" }, "update", "--resources=-", container.Id).Fails();
        Assert.Equal("running", container.Status);
    }
}
