using System.Diagnostics;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>The systemd driver where the v2 tree has the controllers.</summary>
public class SystemdV2LiveTests
{
    [CgroupV2Fact]
    public void A_scope_of_the_v2_tree_is_made_limited_and_stopped()
    {
        string slice = $"keelsontest{Environment.ProcessId}.slice";
        using FakeSystemd systemd = new() { Tree = "/sys/fs/cgroup" };
        using Process child = Process.Start("/bin/sleep", "1000");
        LinuxResources resources = new()
        {
            Memory = new MemoryResources { Limit = 64 << 20, Swap = 96 << 20, Reservation = 32 << 20 }, Cpu = new CpuResources { Shares = 1024 }, Pids = new PidsResources { Limit = 9 },
            Unified = { ["memory.high"] = "50000000", ["cpu.max"] = "10000 20000" }, Devices = [new DeviceRule { Allow = true }],
        };
        Cgroup group = Cgroup.Create(CgroupLayout.Detect(), SystemdUnit.For($"{slice}::box", "box", isUser: false), resources, new CgroupOptions(),
            new SystemdOptions { Pid = child.Id, BusPath = systemd.Socket });
        Assert.Contains("(IOAccounting, <b true>), (TasksAccounting, <b true>), (DevicePolicy, <s auto>), (DeviceAllow, <a(ss) []>), (MemoryMax, <t 67108864>), (MemoryLow, <t 33554432>), "
            + "(MemorySwapMax, <t 33554432>), (CPUWeight, <t 100>), (TasksMax, <t 9>), (MemoryHigh, <t 50000000>), (CPUQuotaPeriodUSec, <t 20000>), (CPUQuotaPerSecUSec, <t 500000>)] []",
            systemd.Calls[2], StringComparison.Ordinal);
        string directory = Assert.Single(group.Directories).Directory;
        Assert.Equal($"/sys/fs/cgroup/{slice}/box.scope", directory);
        Assert.Equal("9\n", File.ReadAllText(directory + "/pids.max"));
        Assert.Equal("50000000\n".Length, File.ReadAllText(directory + "/memory.high").Length);
        Assert.Equal("10000 20000\n", File.ReadAllText(directory + "/cpu.max"));
        group.Remove();
        child.WaitForExit();
        Assert.False(Directory.Exists(directory));
        Directory.Delete($"/sys/fs/cgroup/{slice}");
    }
}
