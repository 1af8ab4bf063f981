using Keelson.Guest.Support;

namespace Keelson.Guest;

/// <summary>The systemd driver with systemd itself, in each layout of cgroups that it has. Row R17.</summary>
[Collection(AloneCollection.Name)]
public sealed class SystemdDriverTests : IDisposable
{
    private readonly SystemdRuntime systemd = new();

    private RuntimeUnderTest Runtime => systemd.Runtime;

    public void Dispose() => systemd.Dispose();

    [SystemdFact]
    public void A_container_is_a_scope_of_its_slice_until_it_is_deleted()
    {
        TestContainer container = systemd.StartSleeping();
        Assert.Equal("active", systemd.Show(container, "ActiveState"));
        Assert.Equal("running", systemd.Show(container, "SubState"));
        Assert.Equal(systemd.Slice, systemd.Show(container, "Slice"));
        Assert.Equal("yes", systemd.Show(container, "Delegate"));
        Assert.Equal($"/{systemd.Slice}/{SystemdRuntime.Unit(container)}", systemd.Show(container, "ControlGroup"));
        string group = SystemdRuntime.GroupOf(container.Pid);
        Assert.EndsWith($"/{systemd.Slice}/{SystemdRuntime.Unit(container)}", group, StringComparison.Ordinal);
        container.KillAndDelete();
        Assert.Equal("not-found", systemd.Show(container, "LoadState"));
        Assert.False(Directory.Exists(group));
    }

    [SystemdFact]
    public void Processes_of_exec_are_in_the_scope()
    {
        TestContainer container = systemd.StartSleeping();
        Assert.Contains(SystemdRuntime.Unit(container), container.Exec("cat", "/proc/self/cgroup").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [SystemdFact]
    public void A_slice_within_a_slice_lies_below_it()
    {
        string id = Runtime.NewId(), inner = systemd.Slice.Replace(".slice", "-inner.slice", StringComparison.Ordinal);
        TestContainer container = systemd.Start(systemd.Bundle(id, "sleep", "1000").Set("linux.cgroupsPath", $"{inner}:keelson:{id}"), id);
        Assert.EndsWith($"/{systemd.Slice}/{inner}/{SystemdRuntime.Unit(container)}", SystemdRuntime.GroupOf(container.Pid), StringComparison.Ordinal);
    }

    [SystemdFact]
    public void Without_a_path_it_is_a_scope_of_the_system_s_slice()
    {
        string id = Runtime.NewId();
        TestContainer container = systemd.Start(systemd.Bundle(id, "sleep", "1000").Set("linux.cgroupsPath", null), id);
        Assert.Equal("system.slice", systemd.Show(container, "Slice"));
        container.KillAndDelete();
    }

    [CgroupV2Theory]
    [InlineData("memory.limit", "67108864", "MemoryMax", "67108864", "memory.max", "67108864")]
    [InlineData("memory.reservation", "33554432", "MemoryLow", "33554432", "memory.low", "33554432")]
    [InlineData("memory", """{"limit": 67108864, "swap": 100663296}""", "MemorySwapMax", "33554432", "memory.swap.max", "33554432")]
    [InlineData("cpu.shares", "1024", "CPUWeight", "100", "cpu.weight", "100")]
    [InlineData("cpu", """{"quota": 50000, "period": 100000}""", "CPUQuotaPerSecUSec", "500ms", "cpu.max", "50000 100000")]
    [InlineData("cpu", """{"quota": 25000, "period": 50000}""", "CPUQuotaPeriodUSec", "50ms", "cpu.max", "25000 50000")]
    [InlineData("cpu.cpus", "\"1\"", "AllowedCPUs", "1", "cpuset.cpus", "1")]
    [InlineData("cpu.mems", "\"0\"", "AllowedMemoryNodes", "0", "cpuset.mems", "0")]
    [InlineData("pids.limit", "20", "TasksMax", "20", "pids.max", "20")]
    [InlineData("pids.limit", "-1", "TasksMax", "infinity", "pids.max", "max")]
    [InlineData("unified", """{"memory.high": "50331648"}""", "MemoryHigh", "50331648", "memory.high", "50331648")]
    [InlineData("unified", """{"memory.min": "4194304"}""", "MemoryMin", "4194304", "memory.min", "4194304")]
    [InlineData("unified", """{"cpu.weight": "250"}""", "CPUWeight", "250", "cpu.weight", "250")]
    [InlineData("unified", """{"pids.max": "30"}""", "TasksMax", "30", "pids.max", "30")]
    [InlineData("unified", """{"cpuset.cpus": "0"}""", "AllowedCPUs", "0", "cpuset.cpus", "0")]
    public void A_limit_is_a_property_that_a_reload_does_not_lose(string path, string json, string property, string shown, string file, string expected)
    {
        Assert.SkipUnless(Needs.Missing(Need.Systemd) is null, "needs systemd");
        TestContainer container = systemd.StartSleeping(path, json);
        Assert.Equal(shown, systemd.Show(container, property));
        Assert.Equal(expected, SystemdRuntime.Read(container, file));
        systemd.Control("daemon-reload").Succeeds();
        Assert.Equal(expected, SystemdRuntime.Read(container, file));
    }

    [CgroupV2Theory]
    [InlineData("""{"memory": {"limit": 67108864}}""", "MemoryMax", "67108864", "memory.max", "67108864")]
    [InlineData("""{"pids": {"limit": 25}}""", "TasksMax", "25", "pids.max", "25")]
    [InlineData("""{"cpu": {"quota": 30000, "period": 100000}}""", "CPUQuotaPerSecUSec", "300ms", "cpu.max", "30000 100000")]
    [InlineData("""{"cpu": {"quota": -1}}""", "CPUQuotaPerSecUSec", "infinity", "cpu.max", "max 100000")]
    [InlineData("""{"cpu": {"cpus": "1"}}""", "AllowedCPUs", "1", "cpuset.cpus", "1")]
    public void An_update_changes_the_property_and_the_file(string json, string property, string shown, string file, string expected)
    {
        Assert.SkipUnless(Needs.Missing(Need.Systemd) is null, "needs systemd");
        TestContainer container = systemd.StartSleeping("cpu", """{"quota": 50000, "period": 100000}""");
        Runtime.Run(new CommandOptions { Input = json }, "update", "--resources=-", container.Id).Succeeds();
        Assert.Equal(shown, systemd.Show(container, property));
        systemd.Control("daemon-reload").Succeeds();
        Assert.Equal(expected, SystemdRuntime.Read(container, file));
    }

    [SystemdFact]
    public void Annotations_become_properties()
    {
        string id = Runtime.NewId();
        TestContainer container = systemd.Start(systemd.Bundle(id, "sleep", "1000")
            .SetJson("annotations", """{"org.systemd.property.TimeoutStopUSec": "uint64 7000000", "org.systemd.property.Description": "'from the image'", "org.systemd.property.CollectMode": "'inactive-or-failed'"}"""), id);
        Assert.Equal("7s", systemd.Show(container, "TimeoutStopUSec"));
        Assert.Equal("from the image", systemd.Show(container, "Description"));
        Assert.Equal("inactive-or-failed", systemd.Show(container, "CollectMode"));
    }

    [SystemdFact]
    public void Devices_that_no_rule_allows_cannot_be_opened_also_after_a_reload()
    {
        string id = Runtime.NewId();
        TestContainer container = systemd.Start(systemd.Bundle(id, "sleep", "1000").Capabilities(["bounding", "effective", "permitted"], "CAP_MKNOD")
            .WithoutMount("/dev/shm").Mount("/dev/shm", "tmpfs", "shm", "mode=1777")
            .AddJson("linux.resources.devices", """{"allow": false, "access": "rwm"}"""), id);
        container.Exec("mknod", "/dev/shm/kmsg", "c", "1", "11");
        Assert.Equal("EPERM\n", container.Exec("probe", "open", "/dev/shm/kmsg", "r").Stdout);
        systemd.Control("daemon-reload").Succeeds();
        Assert.Equal("EPERM\n", container.Exec("probe", "open", "/dev/shm/kmsg", "r").Stdout);
        Assert.Equal("ok\n", container.Exec("probe", "open", "/dev/null", "rw").Stdout);
    }

    [SystemdFact]
    public void Stopping_the_unit_ends_the_container()
    {
        // The first process of a PID namespace does not hear SIGTERM; after this time it is killed.
        string id = Runtime.NewId();
        TestContainer container = systemd.Start(systemd.Bundle(id, "sleep", "1000").SetJson("annotations", """{"org.systemd.property.TimeoutStopUSec": "uint64 1000000"}"""), id);
        systemd.Control("stop", SystemdRuntime.Unit(container)).Succeeds();
        container.WaitForEnd();
        Assert.Equal("stopped", container.Status);
        container.Delete();
    }

    [SystemdFact]
    public void Pause_and_resume_work_in_a_scope()
    {
        TestContainer container = systemd.StartSleeping();
        Runtime.Run("pause", container.Id).Succeeds();
        Assert.Equal("paused", container.Status);
        Runtime.Run("resume", container.Id).Succeeds();
        Assert.Equal("running", container.Status);
    }

    [SystemdFact]
    public void A_container_that_is_killed_for_memory_leaves_no_failed_unit()
    {
        string id = Runtime.NewId();
        TestContainer container = systemd.Start(systemd.Bundle(id, "probe", "eat", "200").SetJson("linux.resources.memory", """{"limit": 33554432, "swap": 33554432}"""), id);
        Assert.Equal(137, container.WaitForEnd());
        container.Delete();
        Assert.Equal("not-found", systemd.Show(container, "LoadState"));
    }

    [SystemdFact]
    public void A_create_that_fails_leaves_no_unit()
    {
        string id = Runtime.NewId();
        TestContainer container = Runtime.Container(systemd.Bundle(id, "true").Set("linux.resources.cpu.cpus", "999"), id);
        container.TryCreate().Fails();
        Assert.Equal("not-found", systemd.Show(container, "LoadState"));
        Assert.Empty(Runtime.FindLeaks());
    }

    [SystemdFact]
    public void A_unit_that_is_there_already_is_not_taken_over()
    {
        TestContainer first = systemd.StartSleeping();
        BundleBuilder second = systemd.Bundle(first.Id, "true");
        Runtime.RunBundle(second).Fails(SystemdRuntime.Unit(first));
        Assert.Equal("active", systemd.Show(first, "ActiveState"));
    }

    [SystemdFact]
    public void A_path_that_is_no_unit_is_refused()
    {
        Runtime.RunBundle(Runtime.Bundle("true").Set("linux.cgroupsPath", "/a/path")).Fails("slice:prefix:name");
        Runtime.RunBundle(Runtime.Bundle("true").Set("linux.cgroupsPath", "a--b.slice:x:y")).Fails("a--b.slice");
        Assert.Empty(Runtime.FindLeaks());
    }

    [SystemdFact]
    public void Ten_at_once_each_get_a_scope()
    {
        TestContainer[] containers = new TestContainer[10];
        Parallel.For(0, containers.Length, i => containers[i] = systemd.StartSleeping());
        Assert.Equal(10, containers.Select(container => SystemdRuntime.GroupOf(container.Pid)).Distinct().Count());
        Parallel.ForEach(containers, container => container.KillAndDelete());
    }
}
